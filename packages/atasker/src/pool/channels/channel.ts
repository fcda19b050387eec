import type { ResourceLimits, SHARE_ENV } from 'node:worker_threads';
import type { Exit, MemberType } from '../../executors/executor.ts';
import type { MemberFrame, ToMember } from '../../wire/frames.ts';
import type { LoadSeat } from './load-seats.ts';
import type { BootData, QueueAccess } from './role.ts';

/** The way to one member of a pool: a thread, or a process. */
export interface Channel {
  /** The number of the thread, or of the process. */
  readonly id: number;
  /** @throws what the engine throws for a value that cannot be cloned */
  post(frame: ToMember, transfer: readonly ArrayBuffer[]): void;
  /** Posts a frame so that also synchronous code can see it: a request to stop, or what it waits for. */
  postUrgent(frame: ToMember): void;
  /**
   * A run that was sent is not to begin any more. False if it has begun; null if it may have: one hears of that as long
   * as the member lives, and when it has exited all has been heard.
   */
  revoke(run: number): boolean | null;
  /** Hands over what has arrived and has not been read yet, as far as the channel lets one look. */
  readArrived(): void;
  /** Ends the member, whatever it does. */
  terminate(): void;
  /** It has exited. */
  close(): void;
}

/** What comes from a member. */
export interface ChannelEvents {
  frame(frame: MemberFrame): void;
  /** Hands over several frames. */
  together(report: () => void): void;
  /** It could not be started, or an error of its own ends it. */
  failed(error: Error): void;
  exited(exit: Exit): void;
}

/** The environment of a member; `worker_threads.SHARE_ENV`: a thread shares that of the program. */
export type MemberEnv = Readonly<Record<string, string | undefined>> | typeof SHARE_ENV;

/** What a member is started with. */
export interface MemberStart {
  readonly boot: BootData;
  /** How a thread takes its tasks by itself; null if each is sent to it. */
  readonly access: QueueAccess | null;
  /** How a thread sees whether it may load modules; a process asks. */
  readonly loadSeat: LoadSeat | null;
  readonly execArgv: readonly string[] | null;
  readonly env: MemberEnv | null;
  /** Of a thread. */
  readonly resourceLimits: Readonly<ResourceLimits> | null;
}

/** Threads, or processes. */
export interface MemberKind {
  readonly name: MemberType;
  /** Whether its members can be sent tasks before their turn (prefetch), and give them back. */
  readonly prefetches: boolean;
  open(start: MemberStart, events: ChannelEvents): Channel;
}
