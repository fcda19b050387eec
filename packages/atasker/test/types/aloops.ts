/** Compiled, never run: what the types of aloops allow, and what they refuse. */
import { backgroundTask, backgroundWorker, taskSupervisor, type Aloop, type Task } from 'atasker';

const hash = backgroundTask(async (text: string, rounds: number) => `${text} ${rounds}`);

const loop: Aloop = taskSupervisor.createAloop('io', { default: true, daemon: true, pool: { poolSize: 100 } });
const result: Promise<string> = loop.run(hash, 'text', 2);
const plain: Promise<number> = loop.run((n: number) => n, 1);
// @ts-expect-error the argument is a text
void loop.run(hash, 1, 2);
// @ts-expect-error an argument is missing
void loop.run(hash, 'text');
const task: Task<string> = loop.backgroundTask(hash.fn, { priority: 'high' })('text', 2);
// @ts-expect-error where it runs is said already
loop.backgroundTask(hash.fn, { tt: 'thread' });
const there: Task<string> = hash.with({ loop: 'io' })('text', 2);
// @ts-expect-error it goes by its name
hash.with({ loop });
// @ts-expect-error no such option
taskSupervisor.createAloop('io', { size: 1 });
backgroundWorker(hash, { loop: 'io', queue: true });
const found: Aloop | undefined = taskSupervisor.getAloop();
taskSupervisor.setDefaultAloop(loop);
const state: 'new' | 'active' | 'stopping' | 'stopped' = taskSupervisor.getInfo().aloops[0]!.state;

export { result, plain, task, there, found, state };
