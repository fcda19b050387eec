import type { Priority } from 'atasker';
import type { Recorder } from './recorder.ts';
import type {
  Claim,
  Claims,
  End,
  FoundTask,
  Room,
  StoreCounts,
  StoredTask,
  StoreNews,
  StoreSession,
  TaskNews,
  TaskStore,
} from '../../../src/store/store.ts';

/** A store of which a recorder writes down everything that its program asks and is told. */
export class RecordedStore implements TaskStore {
  readonly #store: TaskStore;
  readonly #recorder: Recorder;
  #me = '';

  constructor(store: TaskStore, recorder: Recorder) {
    this.#store = store;
    this.#recorder = recorder;
  }

  async open(session: StoreSession): Promise<void> {
    this.#me = session.me;
    await this.#store.open({ ...session, news: this.#recorded(session.news) });
  }

  #recorded(news: StoreNews): StoreNews {
    const submitter = this.#me;
    return {
      work: () => news.work(),
      told: (told) => news.told(told),
      lost: (claims) => news.lost(claims),
      away: (error) => news.away(error),
      back: () => news.back(),
      ended: (ending) => {
        const { id, end, payload } = ending;
        this.#recorder.note({ type: 'endSeen', submitter, id, end, payload });
        news.ended(ending);
      },
      cancel: (id, payload) => {
        this.#recorder.note({ type: 'cancelTold', node: this.#me, id });
        news.cancel(id, payload);
      },
    };
  }

  /** Looks before and after a call, so that what it changes is told apart from what others did. */
  async #between<T>(call: () => Promise<T>, note: (result: T) => void): Promise<T> {
    await this.#recorder.look();
    const result = await call();
    note(result);
    await this.#recorder.look();
    return result;
  }

  async add(tasks: readonly StoredTask[]): Promise<void> {
    this.#recorder.adding(tasks);
    await this.#between(
      () => this.#store.add(tasks),
      () => {},
    );
    for (const { id } of tasks) this.#recorder.note({ type: 'acceptedSeen', submitter: this.#me, id });
  }

  claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    const note = ({ claims }: Claims): void => this.#recorder.claimed(this.#me, claims, { room, definitions, most });
    return this.#between(() => this.#store.claim(room, definitions, most), note);
  }

  settle(ends: readonly End[]): Promise<readonly string[]> {
    return this.#between(
      () => this.#store.settle(ends),
      (dropped) => this.#recorder.settled(this.#me, ends, dropped),
    );
  }

  release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    return this.#between(
      () => this.#store.release(claims),
      () => this.#recorder.released(claims, false),
    );
  }

  cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    this.#recorder.note({ type: 'cancelCalled', id });
    return this.#between(
      () => this.#store.cancel(id, payload),
      (answer) => {
        if (answer === 'asked') this.#recorder.note({ type: 'cancelAsked', id });
        this.#recorder.note({ type: 'cancelAnswered', id, answer });
      },
    );
  }

  setPriority(id: string, priority: Priority): Promise<boolean> {
    return this.#between(
      () => this.#store.setPriority(id, priority),
      (isSet) => isSet && this.#recorder.note({ type: 'priorityChanged', id, priority }),
    );
  }

  find(ids: readonly string[]): Promise<readonly FoundTask[]> {
    return this.#store.find(ids);
  }

  tell(origin: string, news: readonly TaskNews[]): void {
    this.#store.tell(origin, news);
  }

  counts(): Promise<StoreCounts> {
    return this.#store.counts();
  }

  async close(): Promise<void> {
    const note = (): void => {
      this.#recorder.released(this.#recorder.heldBy(this.#me), true);
      this.#recorder.note({ type: 'programDown', program: this.#me });
    };
    await this.#between(() => this.#store.close(), note);
  }
}
