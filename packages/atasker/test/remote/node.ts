/**
 * A program that runs the tasks of another one. Both send each other lines of JSON:
 *   node node.js TT OPTIONS
 * over the descriptors 3 (in) and 4 (out), because tasks may write to the standard output.
 */
import { createReadStream, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  backgroundTask,
  isPoolThread,
  TaskSupervisor,
  type Priority,
  type SupervisorOptions,
  type TaskType,
} from 'atasker';
import type { RemoteRun, RemoteTask } from 'atasker/remote';
// The tasks of the contract are defined in the first one.
import * as tasksOfContract from 'atasker/testing';
import { LatestValue } from '../../src/task/progress.ts';
import * as tasks from '../tasks/remote.ts';

void [tasksOfContract, tasks];
const PRIORITIES = ['critical', 'high', 'normal', 'low'] as const;

/** What the other program sends. */
export type ToNode =
  | { readonly type: 'submit'; readonly task: RemoteTask }
  | { readonly type: 'cancel'; readonly id: string; readonly payload: string }
  | { readonly type: 'setPriority'; readonly id: string; readonly priority: Priority }
  | { readonly type: 'configure'; readonly pool: object }
  | { readonly type: 'progressRead'; readonly id: string }
  | { readonly type: 'define'; readonly name: string; readonly module: string };

/** What it is sent: which method of `RemoteEvents` to call, and with which arguments. */
export type FromNode = readonly [method: string, ...args: readonly unknown[]];

interface Waiting {
  task: RemoteTask;
  readonly timer: NodeJS.Timeout | null;
}

function main(tt: TaskType, options: SupervisorOptions): void {
  const supervisor = new TaskSupervisor(options);
  const waiting = new Map<string, Waiting>();
  const delayed = new Map<string, Waiting>();
  const running = new Map<string, RemoteRun>();
  const progress = new Map<string, LatestValue<string>>();
  const defined: unknown[] = []; // a definition is kept only as long as its task can be called
  const tell = (...told: FromNode): void => void writeSync(4, `${JSON.stringify(told)}\n`);

  function pump(): void {
    for (const priority of PRIORITIES) {
      for (const [id, { task }] of waiting) {
        if (task.priority !== priority) continue;
        if (supervisor.remote.room(tt)[priority] <= 0) break;
        waiting.delete(id);
        run(task);
      }
    }
  }

  function run(task: RemoteTask): void {
    const { id } = task;
    let startedAt: number | null = null;
    const latest = new LatestValue<string>((payload) => tell('progressed', id, payload));
    progress.set(id, latest);
    const hosted = supervisor.remote.run(
      { ...task, attempt: 1 },
      {
        started: (at) => tell('started', id, (startedAt = at)),
        progressed: (payload) => latest.put(payload),
        ended: (end, payload) => {
          latest.flush();
          running.delete(id);
          progress.delete(id);
          if (end !== 'notRun') tell('ended', id, end, payload, startedAt);
          else if (supervisor.remote.definitions().includes(task.definition)) waiting.set(id, { task, timer: null });
          else tell('ended', id, 'failed', payload, null);
        },
        late: (end, payload) => tell('late', id, end, payload),
      },
    );
    running.set(id, hosted);
  }

  function submit(task: RemoteTask): void {
    const { id, delayMs } = task;
    tell('accepted', id);
    if (delayMs === 0) return void waiting.set(id, { task, timer: null });
    const due = (): void => {
      waiting.set(id, delayed.get(id)!);
      delayed.delete(id);
      pump();
    };
    delayed.set(id, { task, timer: setTimeout(due, delayMs) });
  }

  function cancel(id: string, payload: string): void {
    const before = waiting.get(id) ?? delayed.get(id);
    if (before === undefined) return running.get(id)?.cancel(payload);
    if (before.timer !== null) clearTimeout(before.timer);
    waiting.delete(id);
    delayed.delete(id);
    tell('ended', id, 'canceled', payload, null);
  }

  function handle(message: ToNode): void {
    switch (message.type) {
      case 'submit':
        return submit(message.task);
      case 'cancel':
        return cancel(message.id, message.payload);
      case 'setPriority': {
        const { id, priority } = message;
        const known = waiting.get(id) ?? delayed.get(id);
        if (known === undefined) return;
        known.task = { ...known.task, priority };
        if (waiting.delete(id)) waiting.set(id, known);
        return;
      }
      case 'progressRead':
        return progress.get(message.id)?.arrived();
      case 'define':
        defined.push(backgroundTask(() => {}, { name: message.name, module: message.module }));
        return;
      case 'configure':
        if (tt === 'thread') supervisor.setThreadPool(message.pool);
        if (tt === 'process') supervisor.setMpPool(message.pool);
        if (tt === 'async') supervisor.setAsyncPool(message.pool);
    }
  }

  supervisor.on('lateError', ({ error }) => tell('lateError', supervisor.remote.errorPayload(error)));
  supervisor.on('roomChanged', pump);
  const lines = createInterface({ input: createReadStream('', { fd: 3 }) });
  lines.on('line', (line) => {
    handle(JSON.parse(line) as ToNode);
    pump();
  });
  lines.on('close', () => void supervisor.stop({ cancelTasks: true }).then(() => process.exit()));
}

if (!isPoolThread) main(process.argv[2] as TaskType, JSON.parse(process.argv[3]!) as SupervisorOptions);
