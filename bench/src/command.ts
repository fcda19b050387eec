/** What the command lines of the bench have in common. */

/** The values of an option that may be given again, in their own order; null without it. Ends the program for an unknown one. */
export function chosen<T extends string>(
  option: string,
  names: readonly string[] | undefined,
  known: readonly T[],
): T[] | null {
  if (names === undefined) return null;
  const unknown = names.find((name) => !known.includes(name as T));
  if (unknown !== undefined) {
    console.error(`--${option} ${unknown}: must be one of ${known.join(', ')}`);
    process.exit(2);
  }
  return known.filter((name) => names.includes(name));
}

/** One line that is written over, on a terminal only. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}
