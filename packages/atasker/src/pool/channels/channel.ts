import type { ResourceLimits, SHARE_ENV } from 'node:worker_threads';
import type { Exit, MemberType } from '../../executors/executor.ts';
import type { MemberFrame, ToMember } from '../frames/frames.ts';
import type { LoadSeat } from './load-seats.ts';
import type { BootData, QueueAccess } from './role.ts';

/** The way of frames between a pool and one of its members, a thread or a process. */
export interface Channel {
  /** The id of the thread or of the process; -1 for a process that could not be started. */
  readonly id: number;
  /** @throws what the engine throws for a value that cannot be cloned */
  post(frame: ToMember): void;
  /** Posts a frame so that synchronous code can see it too: a request to stop, or an answer that the code waits for. */
  postUrgent(frame: ToMember): void;
  /**
   * Prevents a run that was sent from beginning. Returns true if the run will not begin, false if it has begun, and
   * null if it may have begun. After null, frames of the member tell which; once the member has exited, all of them
   * have been read.
   */
  revoke(run: number): boolean | null;
  /** Hands over the frames that have arrived and have not been read yet, if the channel can look for them. */
  readArrived(): void;
  /** Ends the member at once, whatever the member does. */
  terminate(): void;
  /** Closes the channel of a member that has exited. */
  close(): void;
}

/** What a channel reports of its member. */
export interface ChannelEvents {
  frame(frame: MemberFrame): void;
  /** Calls `report`, which hands over several frames together. */
  together(report: () => void): void;
  /** The member could not be started, or an error of its own ends it. */
  failed(error: Error): void;
  exited(exit: Exit): void;
}

/** The environment of a member. With `worker_threads.SHARE_ENV`, a thread shares the environment of the program. */
export type MemberEnv = Readonly<Record<string, string | undefined>> | typeof SHARE_ENV;

/** What a member is started with. */
export interface MemberStart {
  readonly boot: BootData;
  /** How a thread takes its tasks from the run queue by itself; null if each task is sent to the member. */
  readonly access: QueueAccess | null;
  /** Where a thread sees whether it may load modules; a process asks its pool. */
  readonly loadSeat: LoadSeat | null;
  readonly execArgv: readonly string[] | null;
  readonly env: MemberEnv | null;
  /** Only for threads. */
  readonly resourceLimits: Readonly<ResourceLimits> | null;
}

/** A kind of members: threads, or processes. */
export interface MemberKind {
  readonly name: MemberType;
  /** Whether members of this kind can be sent tasks before their turn (prefetch), and give them back. */
  readonly prefetches: boolean;
  open(start: MemberStart, events: ChannelEvents): Channel;
}
