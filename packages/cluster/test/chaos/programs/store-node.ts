/** A node that only has a store, and pretends to run tasks: `node store-node.js SETTINGS`. */
import { SqliteStore } from '@atasker/cluster';
import { LoggedStore, type Noted } from '../logged-store.ts';
import { Random } from '../random.ts';
import { Faulty } from '../simulated/faults.ts';
import { FAULTS } from '../simulated/planted.ts';
import { SimNode } from '../simulated/sim-node.ts';
import { ProgramLog } from './program-log.ts';
import { KEEP_MS } from './sqlite-history.ts';
import { settings } from './settings.ts';

const STEP_MS = 3;
const ALL = ['resize', 'index', 'send', 'deadly', 'rare'];

const { name, path, log: logPath, seed, leaseMs, maxLost, lacksRare, limits, fault: faultName } = settings();
const log = new ProgramLog(logPath);
const random = new Random(seed);
const fault = FAULTS.find((each) => each.name === faultName) ?? null;
const systemTime = { now: () => performance.now(), date: () => Date.now(), after: () => () => {} };
const note = (event: Noted): void => log.note(event);
const definitions = lacksRare ? ALL.slice(0, 4) : ALL;
const store = new LoggedStore(new Faulty(fault, random, systemTime).wrap(new SqliteStore(path)), note);
const node = new SimNode({ name, definitions, limits, store, note, random });

process.on('SIGUSR2', () => {
  log.note({ type: 'loopBlocked', node: name, ms: 1.5 * leaseMs });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1.5 * leaseMs);
});
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());

process.on('disconnect', () => process.exit(1)); // the run is over
process.channel?.unref();
await store.open({ me: name, news: node, leaseMs, maxLost, keepResultsMs: KEEP_MS });
log.note({ type: 'nodeUp', node: name, definitions, limits });
while (!stop.signal.aborted) {
  await node.step(performance.now());
  if (node.isDoomed) process.kill(process.pid, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, STEP_MS));
}
await store.close();
