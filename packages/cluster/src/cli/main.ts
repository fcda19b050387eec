#!/usr/bin/env node
/** `atasker-node`: runs tasks of a cluster until it gets a signal. */
import { ClusterSupervisor } from '@atasker/cluster';
import { defineCommand, renderUsage, runCommand } from 'citty';
import { createRequire } from 'node:module';
import { serve } from './http.ts';
import { ARGS, nodeCommand, type NodeCommand } from './settings.ts';
import { checkOptions, forStdout, wrongUse } from './usage.ts';

const NOTES = `Each option may also be set in the environment: --pool-size as ATASKER_POOL_SIZE, --store as ATASKER_STORE.

SIGNALS

  SIGTERM, SIGINT  no more tasks are claimed; those that run may end within the grace, the rest is handed back
                   to the store. Exit code 0. A second signal ends the program at once.

EXIT CODES

  0  after a signal
  1  the node could not be started
  2  wrong use`;

const command = defineCommand({
  meta: { name: 'atasker-node', description: 'Runs tasks of a cluster' },
  args: ARGS,
  run: ({ args }) => run(nodeCommand(args)),
});

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  if (argv.includes('--version')) return print(version());
  if (argv.includes('--help') || argv.includes('-h')) return print(`${await renderUsage(command)}\n${NOTES}`);
  try {
    checkOptions(argv, ARGS);
    const { result } = await runCommand(command, { rawArgs: [...argv] });
    return result as number;
  } catch (error) {
    const fact = wrongUse(error);
    console.error(`atasker-node: ${fact ?? (error as Error).stack}`);
    return fact === null ? 1 : 2;
  }
}

async function run({ options, http }: NodeCommand): Promise<number> {
  const cluster = new ClusterSupervisor(options);
  const stopped = cluster.block();
  stopAtSignals(cluster);
  try {
    await cluster.startNode();
    const server = http === null ? null : await serve(cluster, http);
    console.error(`atasker-node: ${cluster.id} is ready`);
    await stopped;
    server?.close();
    server?.closeAllConnections();
    return 0;
  } catch (error) {
    await cluster.stop({ cancelTasks: true });
    throw error;
  }
}

function stopAtSignals(cluster: ClusterSupervisor): void {
  let isFirst = true;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!isFirst) return die(signal);
      isFirst = false;
      console.error(`atasker-node: ${signal}: finishing ${cluster.nodeTasks} tasks; a second signal ends at once`);
      void cluster.stop();
    });
  }
}

/** As if the signal had not been handled. */
function die(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function print(text: string): number {
  console.log(forStdout(text));
  return 0;
}

function version(): string {
  const manifest = createRequire(import.meta.url)('@atasker/cluster/package.json') as { version: string };
  return manifest.version;
}
