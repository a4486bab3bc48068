import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AnswerCache } from './answer-cache.ts';
import { u32 } from './test-support.ts';

/** Answers with the number itself, and counts how often it is asked. */
class Counting {
  asked = 0;
  lasting = true;
  ask(bytes: Uint8Array, offset: number): string {
    this.asked++;
    return String(new DataView(bytes.buffer).getUint32(bytes.byteOffset + offset, true));
  }
}

it('asks once for the same bytes, wherever they lie', () => {
  const [cache, asked] = [new AnswerCache(4, 100, 0), new Counting()];
  for (const offset of [0, 4]) assert.equal(cache.get(new Uint8Array([...u32(7), ...u32(7)]), offset, asked), '7');
  assert.equal(asked.asked, 1);
});

it('gives the right answer for every key, full or not', () => {
  const [cache, asked] = [new AnswerCache(4, 1000, 0), new Counting()];
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5000; i++) assert.equal(cache.get(u32(i * 65_537), 0, asked), String((i * 65_537) >>> 0));
    assert.ok(cache.count <= 1000, `${cache.count} answers`);
  }
});

it('keeps no answer that does not last', () => {
  const [cache, asked] = [new AnswerCache(4, 100, 0), new Counting()];
  asked.lasting = false;
  cache.get(u32(1), 0, asked);
  cache.get(u32(1), 0, asked);
  assert.deepEqual([asked.asked, cache.count], [2, 0]);
});

it('forgets in two periods what is asked for all the time', () => {
  const [cache, asked] = [new AnswerCache(4, 100, 0), new Counting()];
  for (let ms = 0; ms <= 600_000; ms += 10_000) {
    cache.age(ms);
    cache.get(u32(1), 0, asked);
  }
  assert.equal(asked.asked, 2);
});

it('is bounded in bytes for long keys', () => {
  const [cache, asked] = [new AnswerCache(1 << 16, 65_536, 0), new Counting()];
  const key = new Uint8Array(1 << 16);
  for (let i = 0; i < 300; i++) {
    key.set(u32(i));
    cache.get(key, 0, asked);
  }
  assert.ok(cache.count <= 128, `${cache.count} answers of 64 KiB`);
});

it('keeps nothing with a limit of 0', () => {
  const [cache, asked] = [new AnswerCache(4, 0, 0), new Counting()];
  for (let i = 0; i < 3; i++) assert.equal(cache.get(u32(1), 0, asked), '1');
  assert.deepEqual([asked.asked, cache.count], [3, 0]);
});
