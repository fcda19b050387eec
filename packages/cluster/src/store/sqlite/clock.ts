/**
 * The clock of the store. All programs on a machine read the same monotonic clock, which nobody can set, and add the
 * offset that is in the file. So leases and delays do not notice when the wall clock jumps. The monotonic clock starts
 * anew with the machine; then the next program that opens the file sets the offset by the wall clock.
 */

/** Milliseconds since some moment, which is the same for all programs of this machine until it restarts. */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** What the file says about its clock. */
export interface KeptClock {
  readonly clock_offset: number;
  /** When a program last said that it lives. */
  readonly seen: number;
}

/**
 * The offset for a program that opens the file. It stays while another program lives. It is set anew if none does, or if
 * the clock would go back, because then the machine has started anew. The clock never goes back.
 */
export function offsetAtOpen({ clock_offset: offset, seen }: KeptClock, lives: (now: number) => boolean): number {
  const now = machineMs() + offset;
  if (now >= seen && lives(now)) return offset;
  return Math.max(Date.now(), seen) - machineMs();
}
