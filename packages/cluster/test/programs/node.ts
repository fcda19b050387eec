/** A program that runs tasks, until it gets SIGTERM or its parent ends: node node.js OPTIONS */
import { isPoolThread } from 'atasker';
import { ClusterSupervisor, type ClusterOptions } from '@atasker/cluster';

if (!isPoolThread) {
  const node = new ClusterSupervisor(JSON.parse(process.argv[2]!) as ClusterOptions);
  process.on('disconnect', () => process.exit(1));
  process.once('SIGTERM', () => void node.stop().then(() => process.exit(0)));
  await node.startNode();
  process.send!({ id: node.id });
}
