// `promtool check metrics`, which knows what Prometheus accepts. It is not there for each architecture: guests hand their page out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findPrometheus } from '../support/abilities.ts';

const run = promisify(execFile);
/** For style: names that dashboards know cannot be changed. */
const STYLE_STATUS = 3;

export async function checkMetrics(page: string): Promise<void> {
  const promtool = findPrometheus('promtool');
  assert.ok(promtool !== undefined, 'no promtool: run scripts/setup.sh test');
  const checking = run(promtool, ['check', 'metrics']);
  checking.child.stdin?.end(page);
  await checking.catch((error: { code?: number; stdout?: string; stderr?: string }) => {
    assert.equal(error.code, STYLE_STATUS, `${error.stdout}${error.stderr}`);
  });
}
