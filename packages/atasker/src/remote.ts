/**
 * Tasks in other programs: what takes them there implements these types (docs/remote.md), and checks its options as the
 * library does.
 */
export { checkDuration, checkInteger, checkKeys } from './common/check.ts';
export type { RemoteOutcome } from './executors/remote/payload.ts';
export type {
  Remote,
  RemoteEnd,
  RemoteEvents,
  RemoteRun,
  RemoteRunEvents,
  RemoteRunner,
  RemoteRunTask,
  RemoteTask,
} from './executors/remote/seam.ts';
export type { RemoteHost } from './supervisor/owned/remote-host.ts';
