/** `atasker/testing`: for tests of code that uses tasks (docs/testing.md). */
export { inlineTasks, type InlineOptions, type InlineTasks } from './inline-tasks.ts';
export { ManualClock } from './manual-clock.ts';
export { executorContract } from './contract/index.ts';
export { appliesTo, type ContractRow } from './contract/row.ts';
export type {
  ContractPoolOptions,
  ContractSubject,
  ContractSupervisorOptions,
  ContractTrait,
} from './contract/subject.ts';
