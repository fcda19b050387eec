import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewClasses } from '../../../src/platform/primordials.ts';
import { RunTable } from '../../../src/pool/dispatch/taken/run-table.ts';
import { WrittenArgs } from '../../../src/pool/dispatch/taken/written-args.ts';
import { postableArgs } from '../../../src/pool/conversations/run/knowledge.ts';
import type { Arena, Block } from '../../../src/pool/run-queue/arena.ts';
import { RING } from '../../../src/pool/run-queue/memory.ts';
import type { TaskHandle } from '../../../src/task/task.ts';
import { isEncoded } from '../../../src/wire/bytes.ts';
import { takeForMemory, unpack, type Packed } from '../../../src/wire/values.ts';
import { whenStarted } from '../../support/events.ts';
import { newGate, open } from '../../support/gate.ts';
import '../../support/leaks.ts';
import { within } from '../../support/within.ts';
import { echo, hold } from '../../tasks/basic.ts';
import { same, views, viewsOf } from './values.ts';

/** Sizes just below and above the room beside the head of a value, around the sizes of blocks, and beyond them. */
const SIZES = [0, 1, 100, 4_095, 4_096, 4_097, 65_400, 65_536, 300_001];

for (const transport of ['shared', 'message'] as const) {
  test(`buffers of all sizes come back unchanged, without bytes that their views do not show, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 2 }, transport }, async (supervisor) => {
      const run = echo.with({ supervisor });
      for (const size of SIZES) {
        const value = viewsOf(7, size);
        const [result, again] = (await run(value, [value])) as [typeof value, [typeof value]];
        assert.deepEqual(result, value);
        assert.equal(again[0], result); // an object that occurs twice is one object there too
        for (const view of [result.own, result.part]) assert.equal(view.buffer.byteLength, size);
        assert.equal(result.pair[0].buffer, result.pair[1]);
      }
    });
  });

  test(`a single view comes back as an instance of its class, with memory of its own, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 2 }, transport }, async (supervisor) => {
      const run = same.with({ supervisor });
      for (const type of viewClasses) {
        const { BYTES_PER_ELEMENT = 1 } = type as { BYTES_PER_ELEMENT?: number };
        for (const length of [0, 1, 3, 10_000]) {
          const memory = new ArrayBuffer(length * BYTES_PER_ELEMENT + 16);
          new Uint8Array(memory).fill(7);
          const view = new type(memory, 8, length);
          for (const given of [view, Buffer.from(memory, 4, length)]) {
            const result = (await run(given)) as Uint8Array;
            assert.deepEqual(result, given);
            assert.equal(result.buffer.byteLength, given.byteLength);
          }
        }
      }
    });
  });

  test(`a result that is bytes may be larger than the arguments, or smaller, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 2 }, transport }, async (supervisor) => {
      const run = views.with({ supervisor });
      for (const [at, size] of SIZES.entries()) {
        for (const given of [10, 5_000, 70_000]) {
          const result = await run(Buffer.alloc(given, at), size);
          assert.deepEqual(result, viewsOf(at, size));
          assert.equal(result.part.buffer.byteLength, size);
        }
      }
    });
  });

  test(`arguments come as they were at the call, wherever they wait, over ${transport}`, async () => {
    await within({ threadPool: { poolSize: 1, reserveNormal: 0, reserveHigh: 0 }, transport }, async (supervisor) => {
      const gate = newGate();
      const started = whenStarted(supervisor, 1);
      const first = hold.with({ supervisor })(gate);
      await started;
      const run = echo.with({ supervisor });
      const bytes = Buffer.alloc(5_000);
      const map = new Map<string, number>();
      const call = (options: Parameters<typeof run.with>[0], at: number) => {
        bytes.fill(at);
        map.set('at', at);
        return run.with(options)(bytes, map);
      };
      const options = [{}, { priority: 'high' }, { name: 'of my own' }, { delay: 1 }] as const;
      const tasks = Array.from({ length: RING + 100 }, (_, at) => call(options[at % options.length]!, at % 250));
      bytes.fill(255);
      map.set('at', -1);
      open(gate);
      await first;
      for (const [at, task] of tasks.entries()) {
        assert.deepEqual(await task, [Buffer.alloc(5_000, at % 250), new Map([['at', at % 250]])]);
      }
    });
  });
}

const VALUE = [Buffer.alloc(5_000, 3), new Map([[1, 2]])];

/** Arguments that are written into a block at once, or into memory of their own. */
function written(arena: Arena, hasBlock: boolean): WrittenArgs {
  const encoded = takeForMemory(VALUE);
  assert.ok(isEncoded(encoded));
  return new WrittenArgs(encoded, arena, hasBlock ? arena.take(encoded.size) : null);
}

/** A block of the size of the arguments: the one that was freed last, if one was. */
function placeOfNext(arena: Arena, { size }: WrittenArgs): string {
  const block = arena.take(size)!;
  arena.free(block);
  return placeOf(block);
}

function placeOf({ chunk, offset }: Block): string {
  return `${chunk} ${offset}`;
}

for (const hasBlock of [true, false]) {
  const where = hasBlock ? 'in a block' : 'in memory of their own';

  test(`arguments ${where} are unchanged after an entry gives them back, and their block is freed once`, () => {
    const table = new RunTable();
    const { arena } = table;
    const args = written(arena, hasBlock);
    const task = { priority: 'normal', runNumber: 0, args } as unknown as TaskHandle;
    for (let round = 0; round < 3; round += 1) {
      const run = table.add(task);
      const block = args.lend()!;
      table.refer(run, block, args.size);
      table.giveBack(run);
      table.free(run);
      assert.notEqual(placeOfNext(arena, args), placeOf(block));
    }
    const block = args.lend()!;
    args.giveBack();
    assert.deepEqual(unpack(postableArgs(task) as Packed), VALUE);
    assert.equal(placeOfNext(arena, args), placeOf(block));
    args.release();
    assert.equal(new Set([arena.take(args.size)!, arena.take(args.size)!].map(placeOf)).size, 2);
  });

  test(`the block of arguments ${where} is freed when the task ends, or with the entry that it is lent to`, () => {
    const table = new RunTable();
    const args = written(table.arena, hasBlock);
    const task = { priority: 'normal', runNumber: 0, args } as unknown as TaskHandle;
    const run = table.add(task);
    const block = args.lend()!;
    table.refer(run, block, args.size);
    args.release();
    assert.notEqual(placeOfNext(table.arena, args), placeOf(block));
    table.free(run);
    assert.equal(placeOfNext(table.arena, args), placeOf(block));
  });
}
