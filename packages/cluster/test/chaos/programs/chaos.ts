import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SqliteStore } from '@atasker/cluster';
import { makeFolder } from '../../support/sqlite.ts';
import { check, type Violation } from '../checker/check.ts';
import type { HistoryEvent, NodeLimits, Promises } from '../checker/history.ts';
import { randomLimits } from '../draws.ts';
import { NOTED_CHARS } from '../logged-store.ts';
import { Random } from '../random.ts';
import { findTasks } from './find-tasks.ts';
import { merge, ProgramLog } from './program-log.ts';
import type { ProgramSettings } from './settings.ts';
import { KEEP_MS, readHistory, recordHistory } from './sqlite-history.ts';
import { SILENT } from '../../support/stores.ts';

/** What a chaos run is made of. */
export interface ChaosPlan {
  readonly seed: number;
  readonly tasks: number;
  /** `store`: programs that only have a store. `cluster`: nodes and supervisors as users run them. */
  readonly level: 'store' | 'cluster';
  /** What is wrong with the stores of the nodes, at the level of stores; null if nothing is. */
  readonly fault: string | null;
  /** Whether submitters are killed too; the ends of their tasks are looked up then. */
  readonly killSubmitters: boolean;
}

export interface ChaosResult {
  readonly history: readonly HistoryEvent[];
  readonly violations: readonly Violation[];
  readonly happened: Record<'kills' | 'stops' | 'pauses' | 'blocks' | 'submitterKills', number>;
  readonly seconds: number;
}

/** The functions of cluster-tasks.ts. */
const CLUSTER_TASKS = ['resize', 'index', 'fails', 'nest', 'block', 'deadly'];
const LEASE_MS = 3_000;
const NODES = 3;
const SUBMITTERS = 2;
const MAX_LOST = 3;
const EVERY_MS = 1_500;
/** How long the run may take: so much, and so much for each task. */
const LIMIT_MS = 90_000;
const LIMIT_PER_TASK_MS = 60;

/** On a machine that is busy, programs take their time. */
const PROMISES: Promises = {
  leaseMs: LEASE_MS,
  maxLost: MAX_LOST,
  recoveryMs: 2_000,
  patienceMs: 6_000,
  clockMs: 1_000,
  startMs: 500,
  tellsCancels: true,
};

interface Program {
  readonly name: string;
  readonly child: ChildProcess;
  readonly settings: ProgramSettings;
  isPaused: boolean;
}

/** Runs programs on one file, kills and disturbs them, and checks what has happened. */
export async function chaos(plan: ChaosPlan, say: (line: string) => void = () => {}): Promise<ChaosResult> {
  const { folder, remove } = makeFolder();
  try {
    return await new ChaosRun(plan, folder, say).run();
  } finally {
    remove();
  }
}

class ChaosRun {
  readonly #plan: ChaosPlan;
  readonly #random: Random;
  readonly #path: string;
  readonly #logPath: string;
  readonly #log: ProgramLog;
  readonly #say: (line: string) => void;
  readonly #nodes = new Set<Program>();
  readonly #submitters = new Set<Program>();
  readonly #happened = { kills: 0, stops: 0, pauses: 0, blocks: 0, submitterKills: 0 };
  readonly #failures: string[] = [];
  #names = 0;
  #isOver = false;

  constructor(plan: ChaosPlan, folder: string, say: (line: string) => void) {
    this.#plan = plan;
    this.#random = new Random(plan.seed);
    this.#path = join(folder, 'tasks.db');
    this.#logPath = join(folder, 'programs.jsonl');
    this.#log = new ProgramLog(this.#logPath);
    this.#say = say;
  }

  async run(): Promise<ChaosResult> {
    const start = performance.now();
    const store = new SqliteStore(this.#path);
    await store.open({ me: 'looker', news: SILENT, leaseMs: LEASE_MS, maxLost: MAX_LOST, keepResultsMs: KEEP_MS });
    recordHistory(this.#path);
    for (let n = 0; n < NODES; n += 1) this.#startNode(n === 0 ? false : undefined);
    for (let n = 0; n < SUBMITTERS; n += 1) this.#startSubmitter(Math.ceil(this.#plan.tasks / SUBMITTERS));
    const endAt = start + LIMIT_MS + LIMIT_PER_TASK_MS * this.#plan.tasks;
    while (this.#submitters.size > 0 && performance.now() < endAt) await this.#disturb();
    this.#isOver = true;
    await this.#lookUpEnds(store);
    await this.#stopAll();
    await store.close();
    const history = merge(readHistory(this.#path, LEASE_MS / 3), this.#log.read()).map(withShortNames);
    const others = this.#failures.map((message) => ({
      rule: 'programs end as they should',
      message,
      id: null,
      index: 0,
    }));
    const violations = [...check(history, PROMISES), ...others];
    return { history, violations, happened: this.#happened, seconds: (performance.now() - start) / 1000 };
  }

  #start(
    role: 'node' | 'submitter',
    settings: Omit<ProgramSettings, 'name' | 'path' | 'log' | 'leaseMs' | 'maxLost' | 'seed' | 'fault'>,
  ): Program {
    const name = `${role}-${(this.#names += 1)}`;
    const seed = this.#random.below(2 ** 31);
    const { fault } = this.#plan;
    const all = {
      ...settings,
      name,
      seed,
      fault,
      path: this.#path,
      log: this.#logPath,
      leaseMs: LEASE_MS,
      maxLost: MAX_LOST,
    };
    const kind = settings.isCommandLine ? 'cli-node' : role;
    const file = fileURLToPath(new URL(`${this.#plan.level}-${kind}.js`, import.meta.url));
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const child = spawn(process.execPath, ['--enable-source-maps', file, JSON.stringify(all)], {
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      env,
    });
    child.stderr!.on('data', (text: Buffer) => this.#hear(program, text.toString()));
    const program = { name, child, settings: all, isPaused: false };
    const programs = role === 'node' ? this.#nodes : this.#submitters;
    programs.add(program);
    child.on('exit', (code, signal) => this.#hasEnded(role, program, signal ?? code ?? 0));
    return program;
  }

  /** The command line says that it is ready; anything else that a program says is trouble. */
  #hear({ name, settings: { limits, lacksRare } }: Program, text: string): void {
    const said = text
      .split('\n')
      .filter((line) => line !== '' && !/^atasker-node: .*(?:is ready|finishing)/.test(line));
    if (said.length > 0) this.#say(`${name}: ${said.join('\n  ')}`);
    if (!text.includes('is ready')) return;
    const definitions = lacksRare ? CLUSTER_TASKS : [...CLUSTER_TASKS, 'rare'];
    this.#log.note({ type: 'nodeUp', node: name, definitions, limits, isSilent: true });
  }

  #startNode(lacksRare = this.#random.happens(0.5)): void {
    const isCommandLine = this.#plan.level === 'cluster' && this.#random.happens(0.4);
    const limits = randomLimits(this.#random);
    const ofCommandLine = {
      thread: limits.thread,
      process: withReserves(limits.process),
      async: withReserves(limits.async),
    };
    this.#start('node', { lacksRare, isCommandLine, limits: isCommandLine ? ofCommandLine : limits, tasks: 0 });
  }

  #startSubmitter(tasks: number): void {
    this.#start('submitter', { lacksRare: false, isCommandLine: false, limits: randomLimits(this.#random), tasks });
  }

  /** A program that ends by itself, other than by a signal, must end well. Another one takes its place. */
  #hasEnded(role: 'node' | 'submitter', program: Program, how: number | string): void {
    this.#log.note({ type: 'programDown', program: program.name, isKilled: typeof how === 'string' });
    if (typeof how === 'number' && how !== 0) this.#failures.push(`${program.name} ended with exit code ${how}`);
    this.#nodes.delete(program);
    this.#submitters.delete(program);
    if (role === 'node' && !this.#isOver) this.#startNode(this.#someKnowsAll() ? undefined : false);
  }

  #someKnowsAll(): boolean {
    return [...this.#nodes].some(({ settings }) => !settings.lacksRare);
  }

  async #disturb(): Promise<void> {
    await pause(this.#random.below(2 * EVERY_MS));
    if (this.#submitters.size === 0) return;
    if (this.#plan.killSubmitters && this.#random.happens(0.1)) return this.#killSubmitter();
    const node = this.#random.of([...this.#nodes]);
    switch (this.#random.below(4)) {
      case 0:
        this.#happened.kills += 1;
        return void node.child.kill('SIGKILL');
      case 1:
        if (node.isPaused) return;
        this.#happened.stops += 1;
        return void node.child.kill('SIGTERM');
      case 2:
        if (node.isPaused || node.settings.isCommandLine) return; // a signal would end it
        this.#happened.blocks += 1;
        return void node.child.kill('SIGUSR2');
      default:
        return this.#pauseNode(node);
    }
  }

  /** For longer than a lease, or not. It goes on by itself; others may be disturbed meanwhile. */
  #pauseNode(node: Program): void {
    if (node.isPaused) return;
    node.isPaused = true;
    this.#happened.pauses += 1;
    node.child.kill('SIGSTOP');
    this.#log.note({ type: 'programPaused', program: node.name });
    const resume = (): void => {
      if (!this.#nodes.has(node)) return;
      this.#log.note({ type: 'programResumed', program: node.name });
      node.child.kill('SIGCONT');
      node.isPaused = false;
    };
    setTimeout(resume, this.#random.below(3 * LEASE_MS)).unref();
  }

  /** The tasks that it had added are nobody's then; a new one adds as many more as it may not have added. */
  #killSubmitter(): void {
    const submitter = this.#random.of([...this.#submitters]);
    this.#happened.submitterKills += 1;
    submitter.child.kill('SIGKILL');
    if (this.#happened.submitterKills < 5) this.#startSubmitter(Math.ceil(submitter.settings.tasks / 2));
  }

  /** What a program finds that has not added the tasks. */
  async #lookUpEnds(store: SqliteStore): Promise<void> {
    const ids = [...new Set(readHistory(this.#path).flatMap((event) => (event.type === 'accepted' ? [event.id] : [])))];
    const endAt = performance.now() + 30_000;
    for (let open = ids; open.length > 0 && performance.now() < endAt;) {
      const found = await store.find(open);
      const left = new Set(open);
      for (const { id, ending } of found) {
        if (ending === null) continue;
        left.delete(id);
        const payload = ending.payload.slice(0, NOTED_CHARS);
        this.#log.note({ type: 'endSeen', submitter: 'looker', id, end: ending.end, payload });
      }
      open = [...left];
      if (open.length > 0) await pause(100);
    }
    if (this.#plan.level === 'cluster') await findTasks(this.#path, ids, (event) => this.#log.note(event));
  }

  async #stopAll(): Promise<void> {
    const all = [...this.#nodes, ...this.#submitters];
    const ended = all.map(({ child }) => once(child, 'exit'));
    for (const { child } of all) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
    }
    const timer = setTimeout(() => {
      for (const { name, child } of all) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        this.#failures.push(`${name} did not end`);
        child.kill('SIGKILL');
      }
    }, 20_000);
    await Promise.all(ended);
    clearTimeout(timer);
    this.#say(`${this.#names} programs`);
  }
}

/** In the store, programs of a cluster have names that are different for each start. */
function withShortNames(event: HistoryEvent): HistoryEvent {
  const short = (name: string): string =>
    name.replace(/^(?<program>(?:node|submitter)-\d+)-[a-z0-9]{8}$/, '$<program>');
  if ('node' in event) return { ...event, node: short(event.node) };
  return 'submitter' in event ? { ...event, submitter: short(event.submitter) } : event;
}

/** The command line sets no reserves of these pools: they have those of a supervisor. */
function withReserves({ poolSize }: NodeLimits): NodeLimits {
  return { poolSize, reserveNormal: 1, reserveHigh: 1 };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
