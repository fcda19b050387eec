/**
 * The shared run queue: tasks that wait in memory which all threads of a pool see. A thread that is done takes the next
 * task by itself, without a round trip to the thread of the supervisor.
 *
 * **Who writes what.** The *publisher* (the supervisor's thread, pool/dispatch/taken/shared-dispatch.ts) fills an entry
 * and puts its number into a ring. The *takers* (the pool threads, pool/thread/pull.ts) take entries from the rings.
 * Each priority has two rings, one for children and one for all other tasks. Only the publisher moves the tail of a
 * ring; the publisher and all takers may move its head.
 *
 * **An entry changes hands by one word**, which holds the state of the entry, the seat of the thread that owns it, and
 * a generation that grows each time the entry is used. A taker changes READY to TAKEN by a compare-and-swap; the
 * publisher cancels a task by a compare-and-swap from READY to FREE. The one whose swap fails gives way. An entry that
 * has left READY in one generation never comes back to READY in that generation. So a thread that finds an entry at the
 * head of a ring that is not READY may move the head on. A taker that is preempted between two steps, however long, can
 * neither take an entry twice nor take an entry that has been used again since. (The generation has 18 bits: a taker
 * would have to sleep for exactly as long as it takes to use its entry 262,144 times.)
 *
 * Whether a run that has been taken begins is decided in the same way: the thread changes TAKEN to STARTED by a
 * compare-and-swap, or the publisher changes TAKEN to REVOKED. If the publisher says that a run has not begun, that run
 * never begins.
 *
 * **The limits** hold without a lock, and without a shared count that a dying thread could leave wrong. Each thread has
 * a cell that says whether the thread holds a slot of the pool. To take a task, a thread first raises its own cell and
 * then counts the raised cells. If the count exceeds the limit of the priority, the thread lowers its cell again. Two
 * threads that raise their cells at once both see each other, so no limit is exceeded. Both may give way: then the
 * thread that lowers its cell last finds the room when it looks once more before it sleeps. The publisher closes a
 * thread by the same cell: a closed thread cannot raise it.
 *
 * **The order is strict for any number of tasks**, though a ring has room for few. A task that has no room in its ring
 * waits behind the ring, in the publisher's backlog, and the publisher has set the bit of the ring in `RING_BITS`
 * before the call of such a task returns. A taker reads these bits before it looks at the rings. If a taker finds a
 * ring empty whose bit is set, it takes nothing, because something more urgent than the tasks of all later rings is
 * waiting. The thread then stays idle, also while the publisher's thread is blocked, until the publisher has filled the
 * ring and cleared the bit. So a task that was called before the bits were read is either in a ring, or behind a ring
 * that stops the taker.
 *
 * The end of a child may let its parent go on, at once and before any other task. So the slot of a child is not free
 * when the child ends, but when the publisher has done what follows from that end (`HOLDS_ON`).
 *
 * **Sleeping.** A thread that finds nothing says that it is parked, and looks once more before it sleeps. The publisher
 * puts an entry into a ring before it looks for a parked thread. So one of the two sees the other. A thread that takes
 * a task while more tasks could run wakes the next thread. Results work in the same way: the publisher arms the bell
 * and looks once more; a thread adds its entry to the list of ended entries, and rings the bell if it is armed. The
 * publisher and the threads look a little longer for what may come at once before they sleep.
 *
 * **Foreign code may write here**: a module that is preloaded ahead of the boot code can reach the memory and put any
 * words anywhere. So no loop of the publisher depends on what it reads here, and the pool compares the memory with what
 * it knows (soundness.ts). If the memory differs, the pool does without it from then on.
 *
 * **A thread that dies** leaves behind its cell and the entries that have its seat in their words: TAKEN (the function
 * has not begun), STARTED or ENDED. Nothing else has to be repaired (`bury`).
 */
import { FROM_THE_TOP, type Priority } from '../../core/priority.ts';
import { Buffer, process, readUtf8, writeUtf8 } from '../../platform/node.ts';
import { Atomics, Float64Array, Int32Array, Math, setOf, SharedArrayBuffer } from '../../platform/primordials.ts';

/** How many threads a queue has room for. Seat 0 is the publisher's own. */
export const MOST_THREADS = 1_023;
/** How many entries one ring has room for. */
export const RING = 256;
/** How many entries there are: enough for four priorities with a full ring each, and a running task in each thread. */
export const ENTRIES = 2_048;
/**
 * Bytes in one entry for the arguments, and later the result: enough for most objects. Entries are an odd number of
 * cache lines apart, so that their heads do not compete for the same few places of a cache.
 */
export const ROOM = 2_048;

export const RINGS = 2 * FROM_THE_TOP.length;
export const LINE = 16; // cells that share a cache line: what different threads write is kept apart

export const BELL = 0;
export const ENDED_HEAD = 1 * LINE;
export const SPINNER = 2 * LINE;
export const THREADS_USED = 3 * LINE;
export const LIMITS = THREADS_USED + 1;
/**
 * Two bits for each ring: whether the ring has ever been used, and whether more waits behind it. Only the publisher
 * writes this cell.
 */
export const RING_BITS = LIMITS + FROM_THE_TOP.length;
export const HEADS = 4 * LINE;
export const TAILS = HEADS + RINGS * LINE;
export const RING_CELLS = TAILS + RINGS * LINE;
export const HOLDING = RING_CELLS + RINGS * RING;
export const CURRENT = HOLDING + MOST_THREADS + 1;
export const PARKED = CURRENT + MOST_THREADS + 1;
const ENTRY_CELLS = align(PARKED + MOST_THREADS + 1);

// The cells of an entry. The bytes of the entry come after them.
export const WORD = 0;
export const NEXT = 1;
const DEFINITION = 2;
const FLAGS = 3;
const KIND = 4;
const LENGTH = 5;
export const STARTED_AT = 6; // two cells
const SEQUENCE = 8; // two cells
const SENT_BEFORE = 10;
const VALUE = 12; // two cells
export const ENTRY_HEAD = 16;
const ENTRY_SIZE = ENTRY_HEAD + ROOM / 4;

function align(cell: number): number {
  return Math.ceil(cell / LINE) * LINE;
}

/** The number of one use of an entry, made of its generation and its place. */
export type RunNumber = number;

export const PLACE_BITS = 11;
export const OWNER_BITS = 10;
export const STATE_BITS = 3;
const GENERATIONS = 2 ** (31 - OWNER_BITS - STATE_BITS);

/** The states of an entry. */
export const FREE = 0;
export const READY = 1;
export const TAKEN = 2;
export const STARTED = 3;
export const ENDED = 4;
export const REVOKED = 5;

export type EntryState = 0 | 1 | 2 | 3 | 4 | 5;

/**
 * The flags of an entry tell a thread what it has to know of a task besides its arguments. `TELL_START`: the pool has
 * to be told when the run begins.
 */
export const TELL_START = 1;
/**
 * The arguments cannot be written into shared memory. They come over the channel; if they have not come, the thread
 * asks for them.
 */
export const FETCH = 2;
/** The slot of the task is not free when the task ends, because the parent that waits for it goes on first. */
export const HOLDS_ON = 4;
/** The arguments stand in a block of the arena (arena.ts). The bytes of the entry name the block. */
export const APART = 8;
/** The arguments stand in such a block as a text (block-text.ts). */
export const TEXT_APART = 16;
/**
 * The id and the name of the task do not follow from the entry. They stand in its bytes too, as the JSON text of an
 * array.
 */
export const OWN_HEAD = 32;

/** The kind of an entry that has ended says where its result is. `NOTHING`: the result is undefined. */
export const NOTHING = 0;
export const TEXT = 1;
/** The thread has sent the outcome over its channel, or is about to. */
export const SENT = 2;
/** The result is a text in the block that the arguments stood in. */
export const IN_BLOCK = 3;
/** The result stands in that block as bytes (wire/bytes.ts). */
export const BYTES_IN_BLOCK = 4;
/** The head of the entry holds a number: the result, or the only argument. */
export const NUMBER = 5;

/** A thread raises its cell to this before it knows which run it takes. Run numbers are not negative. */
export const CANDIDATE = -1;
export const CLOSED = -2;
export const NOBODY = 0;

/** The memory of one pool, as one of its threads sees it. */
export interface RunQueue {
  readonly memory: SharedArrayBuffer;
  readonly cells: Int32Array;
  /** A copy of the cells that only the publisher writes, up to its own cell of `HOLDING`. */
  readonly written: Int32Array;
  readonly numbers: Float64Array;
  readonly bytes: Buffer;
}

export function newRunQueue(): RunQueue {
  return openRunQueue(new SharedArrayBuffer(4 * (ENTRY_CELLS + ENTRIES * ENTRY_SIZE)));
}

export function openRunQueue(memory: SharedArrayBuffer): RunQueue {
  return {
    memory,
    cells: new Int32Array(memory),
    written: new Int32Array(HOLDING + 1),
    numbers: new Float64Array(memory),
    bytes: Buffer.from(memory),
  };
}

export const cellOf = (place: number): number => ENTRY_CELLS + place * ENTRY_SIZE;

/** The place of the entry of a run among the other entries. */
export const placeOf = (run: RunNumber): number => run & (ENTRIES - 1);

/** The run number of the next use of an entry. It is never 0, so that an empty cell means no run. */
export function nextRun(run: RunNumber): RunNumber {
  const generation = ((run >>> PLACE_BITS) + 1) % GENERATIONS;
  return ((generation === 0 ? 1 : generation) << PLACE_BITS) | placeOf(run);
}

export function wordOf(run: RunNumber, owner: number, state: EntryState): number {
  return ((run >>> PLACE_BITS) << (OWNER_BITS + STATE_BITS)) | (owner << STATE_BITS) | state;
}

/** Reads a cell with an atomic operation, so that it is never an earlier reading that the engine has kept. */
export const loadAgain = (queue: RunQueue, cell: number): number => Atomics.load(queue.cells, cell);

/**
 * Reads a cell. These processors let no reading pass an earlier reading or atomic operation, and so does the engine:
 * there a plain reading says as much as an atomic one, which takes forty times as long. Writes that others wait for are
 * atomic operations everywhere.
 */
export const load: typeof loadAgain = setOf(['x64', 'ia32']).has(process.arch)
  ? (queue, cell) => queue.cells[cell]!
  : loadAgain;

/** Writes a cell that only the publisher writes. */
export function write(queue: RunQueue, cell: number, value: number): void {
  queue.written[cell] = value;
  Atomics.store(queue.cells, cell, value);
}

/** The last seat that has been used, within the bounds whatever stands in the memory. */
export const lastSeat = (queue: RunQueue): number => Math.min(load(queue, THREADS_USED), MOST_THREADS);

export function swap(queue: RunQueue, cell: number, from: number, to: number): boolean {
  return Atomics.compareExchange(queue.cells, cell, from, to) === from;
}

/** The word of the entry of a run; null if the entry has been used again since. */
function wordIn(queue: RunQueue, run: RunNumber): number | null {
  const word = load(queue, cellOf(placeOf(run)) + WORD);
  return word >>> (OWNER_BITS + STATE_BITS) === run >>> PLACE_BITS ? word : null;
}

/** The state of the entry of a run; FREE if the entry has been used again since. */
export function stateOf(queue: RunQueue, run: RunNumber): EntryState {
  const word = wordIn(queue, run);
  return word === null ? FREE : ((word & (2 ** STATE_BITS - 1)) as EntryState);
}

/** Whether a run waits no more. False for a run whose entry has yet to be published. */
export function isPast(queue: RunQueue, run: RunNumber): boolean {
  const word = load(queue, cellOf(placeOf(run)) + WORD);
  const ahead = ((word >>> (OWNER_BITS + STATE_BITS)) - (run >>> PLACE_BITS) + GENERATIONS) % GENERATIONS;
  return ahead === 0 ? (word & (2 ** STATE_BITS - 1)) !== READY : ahead < GENERATIONS / 2;
}

/** The seat of the thread that has taken a run; 0 if no thread has. */
export function ownerOf(queue: RunQueue, run: RunNumber): number {
  const word = wordIn(queue, run);
  return word === null ? NOBODY : (word >>> STATE_BITS) & (2 ** OWNER_BITS - 1);
}

export interface EntryHead {
  definition: number;
  flags: number;
  sequence: number;
}

/** Writes the head of an entry. Call this before the entry is published. */
export function describe(queue: RunQueue, run: RunNumber, { definition, flags, sequence }: EntryHead): void {
  const cell = cellOf(placeOf(run));
  queue.cells[cell + DEFINITION] = definition;
  queue.cells[cell + FLAGS] = flags;
  queue.numbers[(cell + SEQUENCE) / 2] = sequence;
  queue.numbers[(cell + STARTED_AT) / 2] = 0;
}

export const definitionOf = (queue: RunQueue, run: RunNumber): number =>
  queue.cells[cellOf(placeOf(run)) + DEFINITION]!;
export const flagsOf = (queue: RunQueue, run: RunNumber): number => load(queue, cellOf(placeOf(run)) + FLAGS);

/**
 * Whether the pool has to be told as soon as a run begins. A thread looks at this after it has said that the run
 * begins.
 */
export const tellsStart = (queue: RunQueue, run: RunNumber): boolean => (flagsOf(queue, run) & TELL_START) !== 0;

/**
 * Asks the thread of a run to tell its start. Returns whether the run has begun already; its thread may then not tell.
 */
export function askForStart(queue: RunQueue, run: RunNumber): boolean {
  Atomics.or(queue.cells, cellOf(placeOf(run)) + FLAGS, TELL_START);
  return stateOf(queue, run) === STARTED;
}
export const sequenceOf = (queue: RunQueue, run: RunNumber): number =>
  queue.numbers[(cellOf(placeOf(run)) + SEQUENCE) / 2]!;
/**
 * When the function of a run began, in monotonic milliseconds; 0 if it has not begun, or the run was revoked before.
 */
export const startOf = (queue: RunQueue, run: RunNumber): number =>
  queue.numbers[(cellOf(placeOf(run)) + STARTED_AT) / 2]!;
/** How many outcomes its thread had sent over its channel before it left the outcome of this run in the entry. */
export const sentBefore = (queue: RunQueue, run: RunNumber): number => queue.cells[cellOf(placeOf(run)) + SENT_BEFORE]!;
export const kindOf = (queue: RunQueue, run: RunNumber): number => queue.cells[cellOf(placeOf(run)) + KIND]!;

/** Whether a text has room in an entry. */
export function fits(text: string): boolean {
  return text.length * 3 <= ROOM || Buffer.byteLength(text) <= ROOM;
}

/** Writes a text that has room in the entry. */
export function writeText(queue: RunQueue, run: RunNumber, text: string): void {
  const cell = cellOf(placeOf(run));
  const start = (cell + ENTRY_HEAD) * 4;
  queue.cells[cell + KIND] = TEXT;
  queue.cells[cell + LENGTH] = writeUtf8(queue.bytes, text, start, ROOM);
}

/** Writes a number into the head of an entry. */
export function writeNumber(queue: RunQueue, run: RunNumber, value: number): void {
  const cell = cellOf(placeOf(run));
  queue.cells[cell + KIND] = NUMBER;
  queue.numbers[(cell + VALUE) / 2] = value;
}

export const readNumber = (queue: RunQueue, run: RunNumber): number =>
  queue.numbers[(cellOf(placeOf(run)) + VALUE) / 2]!;

/** The text or the number that stands in an entry. */
export function readValue(queue: RunQueue, run: RunNumber): string | number {
  return kindOf(queue, run) === NUMBER ? readNumber(queue, run) : readText(queue, run);
}

export function writeSentBefore(queue: RunQueue, run: RunNumber, count: number): void {
  queue.cells[cellOf(placeOf(run)) + SENT_BEFORE] = count;
}

export function writeKind(queue: RunQueue, run: RunNumber, kind: number): void {
  queue.cells[cellOf(placeOf(run)) + KIND] = kind;
}

/** Says that the result stands in the first `size` bytes of the block of the run. */
export function writeInBlock(
  queue: RunQueue,
  run: RunNumber,
  kind: typeof IN_BLOCK | typeof BYTES_IN_BLOCK,
  size: number,
): void {
  const cell = cellOf(placeOf(run));
  queue.cells[cell + KIND] = kind;
  queue.cells[cell + LENGTH] = size;
}

/** How many bytes the text in an entry has, or the result in its block. */
export const lengthOf = (queue: RunQueue, run: RunNumber): number => queue.cells[cellOf(placeOf(run)) + LENGTH]!;

export function readText(queue: RunQueue, run: RunNumber): string {
  const cell = cellOf(placeOf(run));
  const start = (cell + ENTRY_HEAD) * 4;
  return readUtf8(queue.bytes, start, start + queue.cells[cell + LENGTH]!);
}

/**
 * The ring of a priority. Rings of more urgent priorities come first, and the ring of children before the other one.
 */
export function ringOf(priority: Priority, isChild: boolean): number {
  return RINGS_OF[priority] + (isChild ? 0 : 1);
}

const RINGS_OF: Readonly<Record<Priority, number>> = { critical: 0, high: 2, normal: 4, low: 6 };

export function runAt(queue: RunQueue, ring: number, position: number): RunNumber {
  return load(queue, RING_CELLS + ring * RING + (position & (RING - 1)));
}

/**
 * How many slots of the pool are in use. By default, threads that are about to take a task count too: a taker needs
 * that.
 */
export function running(queue: RunQueue, least: number = CANDIDATE): number {
  const last = lastSeat(queue);
  let count = load(queue, HOLDING); // the publisher's own cell holds a number of slots
  for (let seat = 1; seat <= last; seat += 1) {
    const holds = load(queue, HOLDING + seat);
    if (holds !== NOBODY && holds >= least) count += 1;
  }
  return count;
}

/** Whether a ring holds nothing, not even canceled entries. */
function isEmpty(queue: RunQueue, ring: number): boolean {
  return load(queue, HEADS + ring * LINE) === load(queue, TAILS + ring * LINE);
}

/** Whether tasks were ever published to a ring. Threads do not look at the other rings. */
export const isUsed = (bits: number, ring: number): boolean => ((bits >> ring) & 1) !== 0;

/** Whether more waits behind a ring. If such a ring is empty, nothing from the rings after it may be taken. */
export const hasMore = (bits: number, ring: number): boolean => ((bits >> (RINGS + ring)) & 1) !== 0;

/** Whether a task waits that a thread may take now. */
export function canTake(queue: RunQueue): boolean {
  const bits = load(queue, RING_BITS);
  for (let ring = 0; ring < RINGS; ring += 1) {
    if (isUsed(bits, ring) && !isEmpty(queue, ring)) return running(queue) < load(queue, LIMITS + (ring >> 1));
    if (hasMore(bits, ring)) return false;
  }
  return false;
}
