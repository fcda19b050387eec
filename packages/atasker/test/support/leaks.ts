/**
 * A test file that imports this fails a test after which something of the library is left: a thread, a process, a
 * timer, a port, a pipe, a listener. Most of these do not keep a program alive, so Node.js does not list them
 * (`process.getActiveResourcesInfo`): they are noted as they are made. The stack says who made them, so what
 * tests have of their own does not count.
 */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { taskSupervisor } from 'atasker';
import { turn } from './events.ts';
import { packageFolder } from './program.ts';

/** Something that was made, and a word on it while it is still there. */
interface Made {
  readonly left: () => string | null;
  readonly by: string;
}

const HANDLES: Readonly<Record<string, string>> = { Timeout: 'timer', MESSAGEPORT: 'port', PIPEWRAP: 'pipe' };

const handles = new Map<number, Made>();
let others: Made[] = [];
let processListeners = new Map<string | symbol, number>();

createHook({
  init(id, type) {
    const kind = HANDLES[type];
    if (kind === undefined) return; // promises too come this way
    const by = maker();
    if (by !== null) handles.set(id, { left: () => kind, by });
  },
  destroy: (id) => handles.delete(id),
}).enable();

subscribe('worker_threads', (message) => {
  const { worker } = message as { worker: Worker };
  note(() => (worker.threadId > 0 ? `thread ${worker.threadId}` : null));
});

subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess };
  const isAlive = (): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  note(() => (isAlive() ? `process ${child.pid}` : null));
});

const { addEventListener } = EventTarget.prototype;
AbortSignal.prototype.addEventListener = function addNoted(this: AbortSignal, ...args: unknown[]): void {
  const [type, listener] = args as [string, (event: Event) => void];
  Reflect.apply(addEventListener, this, args);
  note(() => (getEventListeners(this, type).includes(listener) ? `listener of an AbortSignal, for ${type}` : null));
};

beforeEach(() => {
  processListeners = countProcessListeners();
});

afterEach(async () => {
  const left = taskSupervisor.getInfo().tasks!.map(({ name }) => `task ${name} of the default supervisor`);
  await taskSupervisor.stop({ cancelTasks: true });
  taskSupervisor.start();
  left.push(...(await whatIsLeft()));
  if (left.length > 0) assert.fail(`the test has left behind:\n${left.join('\n')}`);
});

/** Each is named once: in the test that has left it. */
async function whatIsLeft(): Promise<string[]> {
  await turn(); // handles that were just closed are destroyed in the next turn,
  await turn(); // and reported in the turn after it
  const made = [...handles.values(), ...others];
  handles.clear();
  others = [];
  const lines = made.map(({ left, by }) => [left(), by]).filter(([left]) => left !== null);
  for (const [name, count] of countProcessListeners()) {
    if (count > (processListeners.get(name) ?? 0)) lines.push(['listener of process', String(name)]);
  }
  return lines.map((line) => line.join(' ')).toSorted();
}

function note(left: Made['left']): void {
  const by = maker();
  if (by !== null) others.push({ left, by });
}

const LIBRARY = ['dist/', 'src/', 'build/src/'].map((folder) => packageFolder + folder);
const ON_THE_WAY =
  /node:(internal\/)?(async_hooks|child_process|diagnostics_channel|net|timers|worker)|\/support\/leaks|<anonymous>\)$/;

/** The line of the library that creates a resource right now; null if other code creates it. */
function maker(): string | null {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 20; // Node.js has many of its own below
  const [, ...frames] = new Error().stack!.split('\n');
  Error.stackTraceLimit = stackTraceLimit;
  const first = frames.find((frame) => !ON_THE_WAY.test(frame)) ?? '';
  return LIBRARY.some((folder) => first.includes(folder)) ? first.trim() : null;
}

function countProcessListeners(): Map<string | symbol, number> {
  return new Map(process.eventNames().map((name) => [name, process.listenerCount(name)]));
}
