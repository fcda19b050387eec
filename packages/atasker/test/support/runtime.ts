/**
 * What runs the programs of the tests: this Node, or the command with its first arguments, as JSON, that
 * `npm run test:runtimes` names.
 */
export const runtimeCommand: readonly [string, ...string[]] = JSON.parse(
  process.env['ATASKER_TEST_RUNTIME'] ?? JSON.stringify([process.execPath]),
);

/** Its name: `node20`, `bun`, … */
export const runtime: string = process.env['ATASKER_TEST_RUNTIME_NAME'] ?? `node${process.versions.node.split('.')[0]}`;

/** The task types that programs try: a thread in Deno cannot read an inherited pipe, and so it has no process tasks. */
export const types: readonly string[] = runtime === 'deno' ? ['thread'] : ['thread', 'process'];
