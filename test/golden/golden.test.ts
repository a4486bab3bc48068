/**
 * Golden cases: a pipeline over recorded map snapshots gives exactly `metrics.txt` over HTTP and `otlp.json` over a push. Needs no
 * root. UPDATE_GOLDEN=1 writes them anew; read the diff.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Agent } from '../../src/agent.ts';
import { components } from '../../src/components.ts';
import { loadConfig } from '../../src/config.ts';
import { freePort } from '../support/child.ts';
import { OtlpBackend } from '../support/otlp-backend.ts';
import { recordedEbpf } from './recorded-receiver.ts';

const FOLDER = import.meta.dirname;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

async function outcome(folder: string): Promise<{ page: string; push: string }> {
  const [port, backend] = [await freePort(), await OtlpBackend.start()];
  const { config } = loadConfig({
    uris: [join(folder, 'pipeline.yaml')],
    sets: [],
    components: { ...components, receivers: [recordedEbpf] },
    env: { PORT: String(port), OTLP: backend.url, CASE: folder },
    cwd: folder,
  });
  const agent = new Agent(config, { version: '0.0.0-golden', generation: 1, reloads: { succeeded: 0, failed: 0 }, logger: silent, componentLogger: () => silent, onFatal: assert.fail });
  try {
    await agent.start();
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const [{ body }] = await backend.requests(1);
    return { page: await response.text(), push: normalise(body.toString()) };
  } finally {
    await agent.shutdown();
    await backend.stop();
  }
}

/** What changes from run to run: the time of the reading, and this machine's identity. */
function normalise(json: string): string {
  return `${JSON.stringify(JSON.parse(json.replace(/"timeUnixNano":"\d+"/g, '"timeUnixNano":"NOW"')), null, 1)}\n`;
}

function check(file: string, actual: string): void {
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, actual);
  else assert.equal(actual, readFileSync(file, 'utf8'), file);
}

for (const name of readdirSync(FOLDER).filter((entry) => existsSync(join(FOLDER, entry, 'pipeline.yaml')))) {
  test(`golden: ${name}`, async () => {
    const { page, push } = await outcome(join(FOLDER, name));
    check(join(FOLDER, name, 'metrics.txt'), page);
    check(join(FOLDER, name, 'otlp.json'), push);
  });
}
