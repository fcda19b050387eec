import { arrayIncludes } from '../platform/methods.ts';
import { Error } from '../platform/primordials.ts';

/** The states of a task, with the numbers of atasker for Python; `failed` is new here. */
export const TaskStatus = {
  queued: 0,
  delayed: 2,
  started: 100,
  completed: 200,
  canceled: -1,
  failed: -2,
} as const;

export type TaskStatus = (typeof TaskStatus)[keyof typeof TaskStatus];

/** The states of a member (a thread or a process of a pool). */
export type MemberState = 'starting' | 'idle' | 'busy' | 'retiring' | 'gone' | 'lost';

/** The states of a supervisor. */
export type SupervisorState = 'new' | 'active' | 'stopping' | 'stopped';

/** The states of a background worker. */
export type WorkerState = 'stopped' | 'starting' | 'started' | 'stopping';

/** The states that may follow each state. docs/states.md has a sentence for each arrow. */
type Machine<S extends string | number> = Readonly<Record<S, readonly S[]>>;

const { queued, delayed, started, completed, canceled, failed } = TaskStatus;

export const TASK: Machine<TaskStatus> = {
  [delayed]: [queued, canceled, failed],
  [queued]: [started, canceled, failed],
  [started]: [completed, failed, canceled],
  [completed]: [],
  [canceled]: [],
  [failed]: [],
};

export const MEMBER: Machine<MemberState> = {
  starting: ['idle', 'retiring', 'lost'],
  idle: ['busy', 'retiring', 'lost'],
  busy: ['idle', 'retiring', 'lost'],
  retiring: ['gone', 'lost'],
  gone: [],
  lost: [],
};

export const SUPERVISOR: Machine<SupervisorState> = {
  new: ['active', 'stopping'],
  active: ['stopping'],
  stopping: ['stopped'],
  stopped: ['active'],
};

export const WORKER: Machine<WorkerState> = {
  stopped: ['starting'],
  starting: ['started', 'stopping'],
  started: ['stopping'],
  stopping: ['stopped'],
};

/** Checks a transition and returns the new state. Every write of a state goes through this function. */
export function move<S extends string | number>(machine: Machine<S>, from: S, to: S): S {
  if (!arrayIncludes(machine[from], to)) throw new Error(`atasker: no way from state ${from} to ${to}`);
  return to;
}

/** Whether a task in this state has ended. */
export function hasEnded(status: TaskStatus): boolean {
  return status < 0 || status === completed;
}
