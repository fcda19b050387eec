import { checkBoolean, checkKeys, checkString, givenOptions, show } from '../../common/check.ts';
import type { Alarms, Clock } from '../../common/clock.ts';
import { invalidOption, TaskError } from '../../common/errors.ts';
import { isPoolThread } from '../../common/role.ts';
import { TaskStatus } from '../../core/lifecycle.ts';
import type { InlineSwitch } from '../../executors/inline/inline-switch.ts';
import { arrayFilter, arrayMap, each, listOf } from '../../platform/methods.ts';
import { Map, Object, Promise } from '../../platform/primordials.ts';
import { aloopSettings, type AloopPoolOptions, type MemberPoolSettings } from '../../pool/options.ts';
import { OWN_LOOP, type Target, type TaskSpec } from '../../task/call.ts';
import type { Host, TaskHandle } from '../../task/task.ts';
import type { Tasks } from '../life/tasks.ts';
import { poolInfo, type PoolInfo } from '../pools/pool-info.ts';
import type { TaskPool } from '../pools/pump.ts';
import { Aloop, type AloopOwner, type AloopState, type AloopStopOptions } from './aloop.ts';

/** Options of `createAloop`. */
export interface AloopOptions {
  /**
   * Whether async tasks that name no loop run on this aloop, if a thread can find their functions. @defaultValue
   * `false`
   */
  default?: boolean | undefined;
  /**
   * Whether the program may end by itself while the aloop exists. @defaultValue `false`: the program has to stop the
   * aloop
   */
  daemon?: boolean | undefined;
  /** Whether to start the thread of the aloop now; otherwise tasks wait until `startAloop`. @defaultValue `true` */
  start?: boolean | undefined;
  /** The limits of the aloop and the options of its thread. @defaultValue no limit: all tasks run side by side */
  pool?: AloopPoolOptions | undefined;
}

/** The state of an aloop at one moment. */
export interface AloopInfo extends AloopState {
  /** The limits of the aloop, and counts of its tasks. */
  readonly pool: PoolInfo;
}

/** What the aloops need from their supervisor. */
export interface AloopsOwner {
  readonly tasks: Tasks;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Starts the supervisor if it is new; throws if the supervisor takes nothing new now. */
  open(): void;
}

interface OwnedAloop {
  readonly aloop: Aloop;
  readonly pool: TaskPool<InlineSwitch<MemberPoolSettings>>;
  /** The options of the pool that have been set so far. */
  options: AloopPoolOptions;
}

/** The aloops of a supervisor. */
export class Aloops {
  readonly #owner: AloopsOwner;
  readonly #entries = new Map<string, OwnedAloop>();
  readonly #aloopOwner: AloopOwner;
  #default: Aloop | null = null;
  /** The aloops that were active when the supervisor stopped: a restart of the supervisor starts them again. */
  #toResume: readonly Aloop[] = [];

  constructor(supervisor: Host, owner: AloopsOwner) {
    this.#owner = owner;
    this.#aloopOwner = {
      supervisor,
      isDefault: (aloop) => this.#default === aloop,
      isCurrent: (aloop) => this.#entries.get(aloop.name)?.aloop === aloop,
      setPool: (aloop, options) => this.#setPool(aloop, options),
      open: (aloop) => this.#open(aloop),
      close: (aloop, waitMs) => this.#close(aloop, waitMs),
      cancelAll: (aloop) => this.#cancel(aloop, () => true),
      hold: () => {
        const { keepAlive } = this.#owner.tasks;
        keepAlive.hold();
        return () => keepAlive.release();
      },
    };
  }

  create(name: string, options: AloopOptions): Aloop {
    const { isDefault, daemon, start, settings } = checkedOptions(name, options);
    const aloop = new Aloop(name, daemon, this.#aloopOwner);
    if (isPoolThread) return aloop; // a module makes its aloops also where its tasks run
    const { aloop: known } = this.#entries.get(name) ?? {};
    if (known !== undefined && known.state().state !== 'stopped') {
      throw new TaskError('ERR_NAME_IN_USE', `an aloop named ${name} already exists in this supervisor`);
    }
    this.#owner.open();
    const pool = this.#owner.tasks.pools.makeAloop(name, settings);
    this.#entries.set(name, { aloop, pool, options: options.pool ?? {} });
    if (this.#default === known) this.#default = null;
    if (isDefault) this.#default = aloop;
    if (start) aloop.start();
    return aloop;
  }

  /** The aloop with that name, or the default aloop if no name is given. */
  find(name?: string): Aloop | undefined {
    if (name === undefined) return this.#default ?? undefined;
    if (isPoolThread) return new Aloop(checkString('name', name), false, this.#aloopOwner);
    return this.#entries.get(checkString('name', name))?.aloop;
  }

  start(name: string): void {
    this.#get(name).start();
  }

  stop(name: string, options: AloopStopOptions): Promise<void> {
    return this.#get(name).stop(options);
  }

  setDefault(aloop: Aloop | string | null): void {
    if (aloop === null) this.#default = null;
    else if (!isPoolThread) this.#default = this.#get(aloop instanceof Aloop ? aloop.name : aloop);
  }

  #setPool({ name }: Aloop, options: AloopPoolOptions): void {
    const entry = this.#entries.get(name)!;
    const all = { ...entry.options, ...givenOptions(options) };
    const settings = aloopSettings(all);
    entry.pool.executor.configure(settings);
    entry.pool.resize(settings);
    entry.options = all;
  }

  /** The options of a task with the name of its loop filled in, if the task runs on the default aloop. */
  locate(spec: TaskSpec, { address }: Target): TaskSpec {
    if (spec.tt !== 'async' || (spec.loop === null && this.#default === null)) return spec;
    if (spec.loop === OWN_LOOP) return { ...spec, loop: null };
    if (spec.loop !== null || address === null) return spec;
    return { ...spec, loop: this.#default!.name };
  }

  /** @throws TaskError `ERR_NO_ALOOP` if no aloop of that name takes tasks now. */
  check(name: string | null, isChild = false): void {
    if (name === null || name === OWN_LOOP) return;
    const entry = this.#entries.get(name);
    if (entry === undefined) throw noAloop(name);
    entry.aloop.check(isChild);
  }

  info(now: number): readonly AloopInfo[] {
    const infos = arrayMap(listOf(this.#entries.values()), ({ aloop, pool }) =>
      Object.freeze({ ...aloop.state(), pool: poolInfo(pool, now) }),
    );
    return Object.freeze(infos);
  }

  /** The supervisor starts: the aloops that it stopped start again. */
  open(): void {
    for (const aloop of each(this.#toResume)) aloop.start();
    this.#toResume = [];
  }

  /** The supervisor stops, and no task is left. */
  async close(): Promise<void> {
    const all = arrayMap(listOf(this.#entries.values()), ({ aloop }) => aloop);
    this.#toResume = arrayFilter(all, (aloop) => aloop.isActive());
    await Promise.all(
      arrayMap(
        arrayFilter(all, (aloop) => aloop.state().state !== 'new'),
        (aloop) => aloop.stop(),
      ),
    );
  }

  #get(name: string): Aloop {
    const aloop = this.find(name);
    if (aloop === undefined) throw noAloop(name);
    return aloop;
  }

  #open({ name }: Aloop): void {
    this.#owner.open();
    const { pool } = this.#entries.get(name)!;
    pool.executor.open();
    pool.pump();
  }

  async #close(aloop: Aloop, waitMs: number): Promise<void> {
    const { clock, alarms } = this.#owner;
    const { live } = this.#owner.tasks;
    await Promise.resolve(); // a listener of an event of this stop may call stop() too
    this.#cancel(aloop, ({ status }) => status === TaskStatus.delayed);
    const late = waitMs === Infinity ? null : alarms.at(clock.now() + waitMs, () => aloop.cancelAll());
    await live.whenNone(({ spec }) => spec.loop === aloop.name);
    if (late !== null) alarms.cancel(late);
    await this.#entries.get(aloop.name)!.pool.executor.close();
  }

  #cancel({ name }: Aloop, isMeant: (task: TaskHandle) => boolean): void {
    const reason = new TaskError('ERR_NO_ALOOP', `aloop ${name} was stopped`);
    for (const task of this.#owner.tasks.live) if (task.spec.loop === name && isMeant(task)) task.cancel(reason);
  }
}

function checkedOptions(
  name: string,
  options: AloopOptions,
): { isDefault: boolean; daemon: boolean; start: boolean; settings: MemberPoolSettings } {
  if (checkString('name', name) === OWN_LOOP) {
    throw invalidOption('range', `name ${show(OWN_LOOP)} is the event loop of the supervisor itself`);
  }
  checkKeys('createAloop options', options, ['default', 'daemon', 'start', 'pool']);
  return {
    isDefault: checkBoolean('default', options.default ?? false),
    daemon: checkBoolean('daemon', options.daemon ?? false),
    start: checkBoolean('start', options.start ?? true),
    settings: aloopSettings(options.pool ?? {}),
  };
}

function noAloop(name: string): TaskError {
  return new TaskError('ERR_NO_ALOOP', `there is no aloop ${name}; createAloop() makes one`);
}
