/** A node in a program of its own, for the contract of executors. Its parent tells it what to do. */
import { backgroundTask, isPoolThread, type SupervisorOptions } from 'atasker';
// The tasks of the contract are defined in this module.
import * as tasksOfContract from 'atasker/testing';
import { ClusterSupervisor, type ClusterOptions } from '@atasker/cluster';

void tasksOfContract;

/** What the parent sends: `start` first. */
export type ToNode =
  | { readonly type: 'start'; readonly options: ClusterOptions }
  | { readonly type: 'configure'; readonly options: SupervisorOptions }
  | { readonly type: 'define'; readonly name: string; readonly module: string };

let node!: ClusterSupervisor;
const defined: unknown[] = []; // a definition is kept only as long as its task can be called

function handle(message: ToNode): void {
  switch (message.type) {
    case 'start':
      node = new ClusterSupervisor(message.options);
      return node.start();
    case 'configure':
      return configure(message.options);
    case 'define':
      defined.push(backgroundTask(() => {}, { name: message.name, module: message.module }));
  }
}

function configure({ threadPool, processPool, asyncPool }: SupervisorOptions): void {
  if (threadPool) node.setThreadPool(threadPool);
  if (processPool) node.setMpPool(processPool);
  if (asyncPool) node.setAsyncPool(asyncPool);
}

if (!isPoolThread) {
  process.on('message', handle);
  process.on('disconnect', () => process.exit());
}
