/** What has been written here and is still on its way to the program, in bytes or characters. */
export function outputLength(): number {
  return process.stdout.writableLength + process.stderr.writableLength;
}
