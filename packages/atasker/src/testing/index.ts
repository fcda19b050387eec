/** `atasker/testing`: for tests of code that uses tasks (docs/testing.md). */
export { inlineTasks, type InlineOptions, type InlineTasks } from './inline-tasks.ts';
export { ManualClock } from './manual-clock.ts';
