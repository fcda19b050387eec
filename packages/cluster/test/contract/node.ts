/**
 * A node in a program of its own, for the contract of executors: node node.js OPTIONS. Its parent tells it what to
 * define, and how to change its pools.
 */
import { backgroundTask, isPoolThread, type SupervisorOptions } from 'atasker';
// The tasks of the contract are defined in this module.
import * as tasksOfContract from 'atasker/testing';
import { ClusterSupervisor, type ClusterOptions } from '@atasker/cluster';

void tasksOfContract;

/** What the parent sends. */
export type ToNode =
  | { readonly type: 'configure'; readonly options: SupervisorOptions }
  | { readonly type: 'define'; readonly name: string; readonly module: string };

function main(options: ClusterOptions): void {
  const node = new ClusterSupervisor(options);
  const defined: unknown[] = []; // a definition is kept only as long as its task can be called
  process.on('message', (message: ToNode) => {
    if (message.type === 'define')
      defined.push(backgroundTask(() => {}, { name: message.name, module: message.module }));
    else configure(message.options);
  });
  process.on('disconnect', () => process.exit());
  node.start();

  function configure({ threadPool, processPool, asyncPool }: SupervisorOptions): void {
    if (threadPool) node.setThreadPool(threadPool);
    if (processPool) node.setMpPool(processPool);
    if (asyncPool) node.setAsyncPool(asyncPool);
  }
}

if (!isPoolThread) main(JSON.parse(process.argv[2]!) as ClusterOptions);
