/**
 * What the bytes of an entry hold if its arguments stand in a block: the place of the block, and perhaps an id and a
 * name.
 */
import { Buffer, readUtf8, writeUtf8 } from '../../platform/node.ts';
import { cellOf, ENTRY_HEAD, placeOf, ROOM, type RunNumber, type RunQueue } from './memory.ts';

/** Writes where the arguments of a run stand in the arena: chunk, offset, and size. */
export function writePlace(queue: RunQueue, run: RunNumber, chunk: number, offset: number, size: number): void {
  const first = cellOf(placeOf(run)) + ENTRY_HEAD;
  queue.cells[first] = chunk;
  queue.cells[first + 1] = offset;
  queue.cells[first + 2] = size;
}

export function readPlace(queue: RunQueue, run: RunNumber): Place {
  const first = cellOf(placeOf(run)) + ENTRY_HEAD;
  return { chunk: queue.cells[first]!, offset: queue.cells[first + 1]!, size: queue.cells[first + 2]! };
}

/** Bytes of an entry that follow the place of its block. */
const HEAD_ROOM = ROOM - 16;

/** Whether the text of an id and a name has room beside a place. */
export function fitsBesidePlace(head: string): boolean {
  return head === '' || Buffer.byteLength(head) <= HEAD_ROOM;
}

/** Writes the text of an id and a name beside a place. */
export function writeHead(queue: RunQueue, run: RunNumber, head: string): void {
  const cell = cellOf(placeOf(run)) + ENTRY_HEAD;
  queue.cells[cell + 3] = writeUtf8(queue.bytes, head, (cell + 4) * 4, HEAD_ROOM);
}

export function readHead(queue: RunQueue, run: RunNumber): string {
  const cell = cellOf(placeOf(run)) + ENTRY_HEAD;
  return readUtf8(queue.bytes, (cell + 4) * 4, (cell + 4) * 4 + queue.cells[cell + 3]!);
}

/** Where the bytes that an entry refers to stand in the arena. */
export interface Place {
  readonly chunk: number;
  readonly offset: number;
  readonly size: number;
}
