import assert from 'node:assert/strict';
import { withDisk } from '../../../../test/kernel/disk.ts';
import { runEvent } from '../../../../test/kernel/events.ts';
import { assertBetween, hookTest } from '../../../../test/kernel/hook.ts';
import type { Change } from '../../../../test/kernel/hook.ts';

/** Pages that are read, each by itself, and then written. */
const count = 4000;

/** Of each operation the names that its function has had. */
const operations = {
  added: ['filemap_add_folio', 'add_to_page_cache_lru'],
  accessed: ['folio_mark_accessed', 'mark_page_accessed'],
  dirtied: ['__folio_mark_dirty', 'account_page_dirtied'],
  'buffer dirtied': ['mark_buffer_dirty'],
};

/** The one name that rose, and by how much. */
function operation(change: Change, names: string[]): { op: string; by: number } | undefined {
  const risen = change.all('page_cache_ops_total').filter(({ labels }) => names.includes(labels['op']));
  assert.ok(risen.length <= 1, `one function for ${names.join(' or ')}`);
  return risen.map(({ labels, by }) => ({ op: labels['op'], by }))[0];
}

// Other processes use the page cache too; so does the loop device for its file.
hookTest('cachestat', async (agent) =>
  withDisk(async ({ device }) => {
    const hasAccessed = (await agent.page()).samples.some(({ labels }) =>
      labels.get('program')?.startsWith('accessed'),
    );
    const { change } = await agent.during(async () => runEvent('pages', device, count));
    const seen = Object.entries(operations).map(([name, names]) => ({ name, found: operation(change, names) }));
    for (const { name, found } of seen) {
      if (name === 'accessed' && !hasAccessed) assert.equal(found, undefined);
      else assertBetween(found?.by ?? 0, count, count * 5, `pages ${name} of ${count}`);
    }
    return seen.flatMap(({ found }) => (found === undefined ? [] : [`${found.op} ${found.by}`])).join(', ');
  }),
);
