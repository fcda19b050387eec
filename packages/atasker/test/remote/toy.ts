import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LostError, type SupervisorOptions, type TaskType } from 'atasker';
import type { Remote, RemoteEvents, RemoteRunner, RemoteTask } from 'atasker/remote';
import type { FromNode, ToNode } from './node.ts';

const NODE = fileURLToPath(new URL('node.js', import.meta.url));

/** Runs tasks in one other program, to which only lines of text go. */
export class Toy {
  readonly #tt: TaskType;
  readonly #options: SupervisorOptions;
  #send: ((message: ToNode) => void) | null = null;
  #kill = (): void => {};
  /** What is to be sent as soon as there is another program. */
  #before: ToNode[] = [];

  constructor(tt: TaskType, options: SupervisorOptions) {
    this.#tt = tt;
    this.#options = options;
  }

  /** Kills the other program. */
  kill(): void {
    this.#kill();
  }

  configure(pool: object): void {
    this.#tell({ type: 'configure', pool });
  }

  define(name: string, module: string): void {
    this.#tell({ type: 'define', name, module });
  }

  #tell(message: ToNode): void {
    if (this.#send === null) this.#before.push(message);
    else this.#send(message);
  }

  readonly remote: Remote = (events) => this.#open(events);

  #open(events: RemoteEvents): RemoteRunner {
    const args = [NODE, this.#tt, JSON.stringify(this.#options)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] });
    const [, , , to, from] = child.stdio as unknown as [null, null, null, Writable, Readable];
    this.#kill = () => void child.kill('SIGKILL');
    const tasks = new Map<string, RemoteTask>();
    const whenGone = new Promise<void>((resolve) => {
      child.on('exit', (code) => {
        const message = `the other program ended with exit code ${code}`;
        for (const id of tasks.keys()) events.refused(id, new LostError('ERR_TASK_LOST', message));
        resolve();
      });
    });
    to.on('error', () => {}); // the exit tells
    createInterface({ input: from }).on('line', (line) => {
      const [method, id, ...rest] = JSON.parse(line) as FromNode;
      if (method === 'ended') tasks.delete(id as string);
      if (method === 'progressed') send({ type: 'progressRead', id: id as string });
      (events[method as keyof RemoteEvents] as (...told: unknown[]) => void)(id, ...rest);
    });
    const send = (message: ToNode): void => void to.write(`${JSON.stringify(message)}\n`);
    this.#send = send;
    for (const message of this.#before.splice(0)) send(message);
    return {
      submit(task) {
        tasks.set(task.id, task);
        send({ type: 'submit', task });
      },
      cancel: (id, payload) => send({ type: 'cancel', id, payload }),
      setPriority(id, priority) {
        send({ type: 'setPriority', id, priority });
        return true;
      },
      concurrency: () => 64,
      async close() {
        to.end();
        await whenGone;
      },
    };
  }
}
