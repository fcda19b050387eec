import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ClusterSupervisor, type ClusterOptions, type NodeOptions } from '@atasker/cluster';
import type { Task } from 'atasker';
import type { Run } from '../tasks/tasks.ts';
import { makeFolder } from './sqlite.ts';

/** How long the tasks of a dead program wait. */
export const LEASE_MS = 1000;

const program = (name: string): string => fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
export const tasksFile = (name: string): string => new URL(`../tasks/${name}.js`, import.meta.url).href;

/** How a node is started. */
interface NodeProgramOptions {
  /** The files of tests/tasks that it runs. */
  readonly tasks: readonly string[];
  readonly grace: NodeOptions['grace'];
  readonly execArgv: readonly string[];
}

/** A program that runs tasks. */
export interface NodeProgram {
  readonly pid: number;
  /** Its name in the store. */
  readonly id: string;
  kill(signal: NodeJS.Signals): void;
  /** Its exit code or the signal that ended it. */
  readonly exited: Promise<number | string>;
}

/** Programs on one SQLite file; all are killed, and the file is removed, when it is disposed of. */
export class Programs implements AsyncDisposable {
  readonly #place = makeFolder();
  readonly #children: ChildProcess[] = [];
  readonly #supervisors: ClusterSupervisor[] = [];
  readonly store = `sqlite:${join(this.#place.folder, 'tasks.db')}`;
  #files = 0;

  /** A submitter in the program of the test. */
  submitter(options: Partial<ClusterOptions> = {}): ClusterSupervisor {
    const supervisor = new ClusterSupervisor({ store: this.store, lease: LEASE_MS, ...options });
    this.#supervisors.push(supervisor);
    return supervisor;
  }

  async node(
    options: Partial<ClusterOptions> = {},
    { tasks = ['tasks'], grace = '30s', execArgv = [] }: Partial<NodeProgramOptions> = {},
  ): Promise<NodeProgram> {
    const node = { tasks: tasks.map(tasksFile), grace };
    const given = { store: this.store, lease: LEASE_MS, ...options, node };
    const child = this.start('node', [JSON.stringify(given)], execArgv);
    const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
    const [{ id }] = (await once(child, 'message')) as [{ id: string }];
    return { pid: child.pid!, id, exited, kill: (signal) => void child.kill(signal) };
  }

  /** A file in the folder, which is not there yet. */
  file(): string {
    return join(this.#place.folder, `file-${++this.#files}`);
  }

  start(name: string, args: readonly string[], execArgv: readonly string[] = []): ChildProcess {
    const child = fork(program(name), args, { execArgv: [...execArgv] });
    this.#children.push(child);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#supervisors.map((supervisor) => supervisor.stop({ cancelTasks: true })));
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    this.#place.remove();
  }
}

export function open(file: string): void {
  writeFileSync(file, '');
}

/** Where a task has reported that it runs. */
export function whereabouts(task: Task): Promise<Run> {
  return new Promise((resolve) => {
    const remove = task.onProgress((run) => {
      remove();
      resolve(run as Run);
    });
  });
}
