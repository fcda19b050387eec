/** The program's own flags, without those that would open its inspector again. */
export function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
