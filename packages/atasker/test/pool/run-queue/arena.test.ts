import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena, MOST_BYTES, refer, referred, type Block } from '../../../src/pool/run-queue/arena.ts';
import { newRunQueue, nextRun } from '../../../src/pool/run-queue/memory.ts';

/** An arena, and the parts of its memory that threads have been told about. */
function newArena(): { arena: Arena; known: Map<number, SharedArrayBuffer> } {
  const known = new Map<number, SharedArrayBuffer>();
  const arena = new Arena((chunk, memory) => {
    if (memory === null) assert.ok(known.delete(chunk));
    else known.set(chunk, memory);
  });
  return { arena, known };
}

test('blocks that are in use never overlap, and free blocks are used again', () => {
  const { arena, known } = newArena();
  const sizes = [1, 1_000, 1_024, 1_025, 60_000, 65_536, 65_537, 1_000_000];
  const take = (): Block[] => Array.from({ length: 40 }, (_, at) => arena.take(sizes[at % sizes.length]!)!);
  const blocks = take();
  for (const [at, { bytes }] of blocks.entries()) bytes.fill(at);
  for (const [at, { bytes }] of blocks.entries()) {
    assert.ok(bytes.byteLength >= sizes[at % sizes.length]!);
    assert.ok(bytes.every((byte) => byte === at));
  }
  const before = new Set(known.keys());
  for (const block of blocks) arena.free(block);
  const again = take();
  assert.deepEqual(new Set(known.keys()), before);
  assert.equal(new Set(again.map(({ chunk, offset }) => `${chunk} ${offset}`)).size, again.length);
});

test('the arena never exceeds its limit, and releases large memory that is not needed', () => {
  const { arena, known } = newArena();
  const large = MOST_BYTES / 4;
  const blocks = Array.from({ length: 4 }, () => arena.take(large)!);
  assert.equal(arena.take(1), null);
  arena.free(blocks.pop()!);
  assert.equal(known.size, 3);
  assert.notEqual(arena.take(1), null);
  assert.equal(arena.take(MOST_BYTES), null);
  for (const block of blocks) arena.free(block);
  assert.equal(known.size, 1);
});

test('a reference outside of the known memory gives no bytes', () => {
  const { arena, known } = newArena();
  const queue = newRunQueue();
  const run = nextRun(0);
  const block = arena.take(100)!;
  refer(queue, run, block, 100);
  assert.equal(referred(queue, run, known)!.byteLength, 100);
  assert.equal(referred(queue, run, new Map()), null);
  for (const [offset, size] of [
    [-1, 10],
    [0, -1],
    [0, 2 ** 30],
    [2 ** 30, 1],
  ] as const) {
    refer(queue, run, { ...block, offset }, size);
    assert.equal(referred(queue, run, known), null);
  }
});
