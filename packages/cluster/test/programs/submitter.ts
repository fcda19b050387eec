/** A program that submits tasks, tells their ids when they are accepted, and waits: node submitter.js STORE FILE COUNT */
import { isPoolThread } from 'atasker';
import { ClusterSupervisor } from '@atasker/cluster';
import { holdUntil } from '../tasks/tasks.ts';

if (!isPoolThread) {
  const [store, file, count] = process.argv.slice(2) as [string, string, string];
  const supervisor = new ClusterSupervisor({ store, id: 'submitter' });
  process.on('disconnect', () => process.exit(1));
  const tasks = Array.from({ length: Number(count) }, () => holdUntil.with({ supervisor })(file));
  await Promise.all(tasks.map(({ accepted }) => accepted));
  process.send!(tasks.map(({ id }) => id));
  await Promise.allSettled(tasks);
}
