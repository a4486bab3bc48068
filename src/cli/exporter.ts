/** `exporter`: ebpf_exporter's command line, served by the pipeline that it stands for. */
import { Agent } from '../agent.ts';
import type { Components, SourceOptions } from '../config.ts';
import { loadConfig } from '../config.ts';
import { errorText } from '../log-line.ts';
import { createLogger, routeDiag } from '../logger.ts';
import type { Action, CliContext, Values } from './command.ts';
import { withConfig } from './config-source.ts';
import { withExporters, withoutCapabilities } from './exporter-components.ts';
import { isSet, one, pipelineOf, pipelineYaml, wrong } from './exporter-pipeline.ts';
import { redactConfig } from './print-config.ts';
import { runFrom } from './run.ts';
import { version } from './version.ts';

export const exporter: Action = async (values, context) => {
  if (isSet(values, 'version')) {
    context.out(`ebpf-otel-agent ${version()}\n`);
    return 0;
  }
  const { config, warnings } = pipelineOf(values, context);
  for (const warning of warnings) context.err(`warning: ${warning}\n`);
  if (isSet(values, 'print-config')) return print(config, context);
  const { env, cwd } = context;
  const sources = { uris: [`yaml:${pipelineYaml(config)}`], sets: [], env, cwd };
  if (isSet(values, 'config.check')) return check(sources, context);
  const keep = await capabilitiesOf(values, context);
  return runFrom(sources, { ...context, components: async () => keep(await context.components()) });
};

async function print(config: unknown, context: CliContext): Promise<number> {
  context.out('# What `exporter` runs with these flags; to go on from here: run --config FILE\n');
  context.out(pipelineYaml(redactConfig(config, await context.components())));
  return 0;
}

async function capabilitiesOf(values: Values, context: CliContext): Promise<(components: Components) => Components> {
  const kept = one(values, 'capabilities.keep') ?? 'all';
  if (kept === 'all') return (components) => components;
  const host = await context.host();
  try {
    const names = host.parseCapabilities(kept);
    return (components) => withoutCapabilities(components, () => host.keepCapabilities(names), kept);
  } catch (error) {
    throw wrong(`--capabilities.keep: ${errorText(error)}`);
  }
}

/** Everything but the page: no port is opened. */
async function check(sources: SourceOptions, context: CliContext): Promise<number> {
  const components = withExporters(await context.components(), () => ({}));
  const loaded = await withConfig(context, async () => loadConfig({ ...sources, components }));
  if (loaded === undefined) return 1;
  const logger = createLogger(loaded.config.service.telemetry.logs);
  routeDiag(logger);
  const agent = new Agent(loaded.config, {
    version: version(),
    generation: 1,
    reloads: { succeeded: 0, failed: 0 },
    logger,
    componentLogger: logger.component,
    onFatal: () => {},
  });
  try {
    await agent.start();
    context.out('all programs attach\n');
    return 0;
  } catch (error) {
    context.err(`${errorText(error)}\n`);
    return 1;
  } finally {
    await agent.shutdown();
    logger.close();
  }
}
