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

const KB = 1_024;

test('blocks of one size are used again, however much memory other sizes have used before', () => {
  for (const before of [1, 64 * KB, 65 * KB, KB * KB, 3 * KB * KB, 40 * KB * KB]) {
    for (const [size, inUse] of [
      [KB, 100],
      [64 * KB + 2, 100],
      [65 * KB, 100],
      [KB * KB + 2, 16],
    ] as const) {
      const { arena } = newArena();
      const cycle = (blockSize: number, count: number): Set<number> => {
        const blocks = Array.from({ length: count }, () => arena.take(blockSize)!);
        for (const block of blocks) arena.free(block);
        return new Set(blocks.map(({ chunk }) => chunk));
      };
      cycle(before, Math.min(2_000, Math.ceil((100 * KB * KB) / before))); // far more than free blocks keep
      const chunks = cycle(size, inUse);
      for (let times = 0; times < 5; times += 1) {
        assert.deepEqual(cycle(size, inUse), chunks, `${inUse} of ${size} bytes, after ${before} bytes`);
      }
    }
  }
});

test('a value of 64 KB or 1 MB takes a block of that size, with what is written before it', () => {
  const { arena } = newArena();
  for (const size of [KB, 64 * KB, KB * KB, 64 * KB * KB]) {
    const { byteLength } = arena.take(size + 2)!.bytes;
    assert.ok(byteLength >= size + 2 && byteLength < size * 1.1, `${byteLength} bytes for ${size}`);
  }
});

test('after many blocks of one size most of their memory is given back, and is there for other sizes', () => {
  for (const size of [1_000, 5_000, 60_000, 100_000]) {
    const { arena, known } = newArena();
    const blocks = Array.from({ length: 2_000 }, () => arena.take(size)!);
    const inUse = arena.take(size)!;
    for (const block of blocks) arena.free(block);
    const kept = [...known.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(kept < MOST_BYTES / 6, `${kept} bytes after blocks of ${size} bytes`);
    assert.ok(known.has(inUse.chunk));
    assert.notEqual(arena.take(MOST_BYTES / 2), null);
  }
});

test('what free blocks keep does not grow with the number of sizes', () => {
  const { arena, known } = newArena();
  const sizes = Array.from({ length: 12 }, (_, at) => 2 ** (12 + at));
  for (const size of sizes) {
    const blocks = Array.from({ length: Math.min(200, MOST_BYTES / 2 / size) }, () => arena.take(size)!);
    for (const block of blocks) arena.free(block);
  }
  const kept = [...known.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.ok(kept < MOST_BYTES / 4, `${kept} bytes`);
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
