import { ClusterSupervisor } from '@atasker/cluster';
import { backgroundTask, main } from 'atasker';

const thumbnail = backgroundTask(function thumbnail(file: string, width: number) {
  return `${file}, ${width} pixels wide`;
});

await main(async () => {
  const cluster = new ClusterSupervisor({ store: 'sqlite:./tasks.db', node: true });
  const task = thumbnail.with({ supervisor: cluster })('cat.png', 320);
  await task.accepted; // the file has it: it will run, even if this program dies now
  console.log(await task); // the result, from whichever program has run it
  await cluster.stop();
});
