/** The program's own flags, without those that would open its inspector again. */
export function inheritedFlags(): string[] {
  const { execArgv } = process;
  // ts-node puts its own script here, with its options
  if (execArgv[0]?.startsWith('-') === false) return [];
  return execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
