import type { ResourceLimits } from 'node:worker_threads';
import type { BootData, QueueSeat } from '../role.ts';
import type { FromMember, ToMember } from '../wire/frames.ts';

/** The way to one member of a pool: a thread, or a process. */
export interface Channel {
  /** The number of the thread, or of the process. */
  readonly id: number;
  /** @throws what the engine throws for a value that cannot be cloned */
  post(frame: ToMember, transfer: readonly ArrayBuffer[]): void;
  /** Posts a frame so that also synchronous code can see it: a request to stop, or what it waits for. */
  postUrgent(frame: ToMember): void;
  /** Hands over what has arrived and has not been read yet, as far as the channel lets one look. */
  readArrived(): void;
  /** Ends the member, whatever it does. */
  terminate(): void;
  /** It has exited. */
  close(): void;
}

/** What comes from a member. */
export interface ChannelEvents {
  frame(frame: FromMember): void;
  /** Hands over several frames. */
  together(report: () => void): void;
  /** It could not be started, or an error of its own ends it. */
  failed(error: Error): void;
  exited(exit: Exit): void;
}

/** How a member has ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last that it wrote to its standard error, if that came this way. */
  readonly stderr: string | null;
}

/** What a member is started with. */
export interface MemberStart {
  readonly boot: BootData;
  /** How a thread takes its tasks by itself; null if each is sent to it. */
  readonly seat: QueueSeat | null;
  readonly execArgv: readonly string[] | null;
  readonly env: Readonly<Record<string, string | undefined>> | null;
  /** Of a thread. */
  readonly resourceLimits: Readonly<ResourceLimits> | null;
}

/** Threads, or processes. */
export interface MemberKind {
  readonly name: 'thread' | 'process';
  /** Whether its members can be sent tasks ahead of their turn, and give them back. */
  readonly takesAhead: boolean;
  open(start: MemberStart, events: ChannelEvents): Channel;
}
