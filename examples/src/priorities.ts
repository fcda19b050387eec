/** A pool that is full of low tasks: an urgent one starts at once, one of normal priority soon. */
import { backgroundTask, taskSupervisor, waitCompleted } from 'atasker';

const work = backgroundTask(function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end); // computes something
});

// One low task at a time, one more for a normal or higher one, and one more for a high or critical one.
taskSupervisor.setThreadPool({ poolSize: 1, reserveNormal: 1, reserveHigh: 1, minSize: 'max' });

let begun = 0;
taskSupervisor.on('taskStarted', ({ task }) => {
  begun += 1;
  console.log(`${begun}. ${task.name}`);
});

const start = (name: string, priority: 'low' | 'normal' | 'high' | 'critical', ms: number) =>
  work.with({ name, priority })(ms);

await start('warm-up', 'normal', 1);
const low = ['low 1', 'low 2', 'low 3', 'low 4'].map((name) => start(name, 'low', 200));
const others = [start('normal', 'normal', 300), start('high', 'high', 300), start('critical', 'critical', 10)];
await waitCompleted([...low, ...others]);
