/**
 * libsql ends the whole process if its thread is terminated within a call of libsql. So whoever terminates the thread, and
 * that is also a program that exits, shuts this gate first: the call in progress is waited for, and no other begins.
 * The gate is shared memory: whether a call is in progress, and whether the gate is shut.
 */
export type Gate = Int32Array;

/** A call takes some milliseconds. One that takes longer than this is stuck, perhaps in a broken disk. */
const LONGEST_CALL_MS = 10_000;

const BUSY = 0;
const SHUT = 1;

export function newGate(): Gate {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** In the thread: makes a call, unless the gate is shut; then the thread sleeps until it is terminated. */
export function passGate<T>(gate: Gate, call: () => T): T {
  Atomics.store(gate, BUSY, 1);
  if (Atomics.load(gate, SHUT) === 1) {
    leave(gate);
    Atomics.wait(gate, SHUT, 1);
  }
  try {
    return call();
  } finally {
    leave(gate);
  }
}

function leave(gate: Gate): void {
  Atomics.store(gate, BUSY, 0);
  Atomics.notify(gate, BUSY);
}

/** In the program: returns when no call is in progress. */
export function shutGate(gate: Gate): void {
  Atomics.store(gate, SHUT, 1);
  Atomics.wait(gate, BUSY, 1, LONGEST_CALL_MS);
}

const open = new Set<Gate>();

/** From now on, until `forgetGate`, an exit of the program shuts the gate. */
export function shutAtExit(gate: Gate): void {
  if (open.size === 0) process.on('exit', shutAll);
  open.add(gate);
}

export function forgetGate(gate: Gate): void {
  if (open.delete(gate) && open.size === 0) process.off('exit', shutAll);
}

function shutAll(): void {
  for (const gate of open) shutGate(gate);
}
