/** `atasker/testing`: for tests of code that uses tasks (docs/testing.md). */
export { ManualClock } from './manual-clock.ts';
