/** A node as the command line starts it, which ends with the chaos run: `node cluster-cli-node.js SETTINGS`. */
import { fileURLToPath } from 'node:url';
import { isPoolThread } from 'atasker';
import { NODE } from './cluster-tasks.ts';
import { settings } from './settings.ts';

async function main(): Promise<void> {
  const { name, path, log, leaseMs, maxLost, lacksRare, limits } = settings();
  const { thread, process: ofProcesses, async: ofAsync } = limits;
  Object.assign(process.env, { [NODE.name]: name, [NODE.log]: log, [NODE.pid]: `${process.pid}` });
  const files = ['cluster-tasks.js', ...(lacksRare ? [] : ['cluster-rare-tasks.js'])];
  const options = {
    store: `sqlite:${path}`,
    id: name,
    'pool-size': thread.poolSize,
    'reserve-normal': thread.reserveNormal,
    'reserve-high': thread.reserveHigh,
    'process-pool-size': ofProcesses.poolSize,
    'async-pool-size': ofAsync.poolSize,
    lease: `${leaseMs}ms`,
    'max-lost': maxLost,
    grace: '1s',
  };
  const args = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  process.argv = [
    process.argv[0]!,
    'atasker-node',
    ...files.map((file) => fileURLToPath(new URL(file, import.meta.url))),
    ...args,
  ];
  process.on('disconnect', () => process.exit(1)); // the run is over
  process.channel?.unref();
  await import(new URL('../../../../dist/cli.js', import.meta.url).href);
}

if (!isPoolThread) await main();
