/** Components whose exporters do otherwise than in a pipeline of `run`. */
import type { Exporter, Settings } from '../component.ts';
import type { Components } from '../config.ts';

/** @param make gets each exporter as its factory makes it */
export function withExporters(
  components: Components,
  make: (exporter: Exporter, settings: Settings) => Exporter,
): Components {
  const exporters = components.exporters.map((factory) => ({
    ...factory,
    create: (...args: Parameters<typeof factory.create>) => make(factory.create(...args), args[0]),
  }));
  return { ...components, exporters };
}

/**
 * Exporters start last: programs are attached then, and no port is open yet. There `drop` takes the capabilities away, in the
 * same place as ebpf_exporter does. What it throws fails the start.
 */
export function withoutCapabilities(components: Components, drop: () => void, kept: string): Components {
  return withExporters(components, (exporter, { logger }) => {
    const start = exporter.start?.bind(exporter);
    exporter.start = async (): Promise<void> => {
      drop();
      logger.info('capabilities dropped', { kept });
      await start?.();
    };
    return exporter;
  });
}
