/** Compiled, never run: what the types of `atasker/testing` allow, and what they refuse. */
import { TaskSupervisor, type Clock } from 'atasker';
import { inlineTasks, ManualClock, type InlineTasks } from 'atasker/testing';

const clock = new ManualClock();
const supervisor = new TaskSupervisor({ clock });
clock.advance(250);
clock.advance('1.5h');
const now: number = clock.now();
// @ts-expect-error durations have a unit
clock.advance('2 hours');
// @ts-expect-error a clock is more than its time
const wrong = new TaskSupervisor({ clock: { now: () => 0 } });
const own: Clock = { now: () => 0, date: () => 0, after: () => () => {} };

const inline: InlineTasks = inlineTasks();
const stopped: Promise<void> = inline.stop();
await using references = inlineTasks({ clone: false });
// @ts-expect-error the option is called clone
inlineTasks({ cloned: false });
// @ts-expect-error stop takes nothing
void inline.stop({ wait: true });

export { references, stopped, now, own, supervisor, wrong };
