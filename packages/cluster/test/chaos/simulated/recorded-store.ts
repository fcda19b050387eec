import type { Priority } from 'atasker';
import type { Claim, Claims, End, Room, StoredTask, TaskStore } from '../../../src/store/store.ts';
import { PassingStore } from '../passing-store.ts';
import type { Recorder } from './recorder.ts';

/** A store of which a recorder writes down what each call has changed. */
export class RecordedStore extends PassingStore {
  readonly #recorder: Recorder;

  constructor(store: TaskStore, recorder: Recorder) {
    super(store);
    this.#recorder = recorder;
  }

  /** Looks before and after a call, so that what it changes is told apart from what others did. */
  async #between<T>(call: () => Promise<T>, note: (result: T) => void): Promise<T> {
    await this.#recorder.look();
    const result = await call();
    note(result);
    await this.#recorder.look();
    return result;
  }

  override add(tasks: readonly StoredTask[]): Promise<void> {
    this.#recorder.adding(tasks);
    return this.#between(
      () => this.store.add(tasks),
      () => {},
    );
  }

  override claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    return this.#between(
      () => this.store.claim(room, definitions, most),
      ({ claims }) => this.#recorder.claimed(this.me, claims),
    );
  }

  override settle(ends: readonly End[]): Promise<readonly string[]> {
    return this.#between(
      () => this.store.settle(ends),
      (dropped) => this.#recorder.settled(ends.filter(({ id }) => !dropped.includes(id))),
    );
  }

  override release(claims: readonly Pick<Claim, 'id' | 'token'>[]): Promise<void> {
    return this.#between(
      () => this.store.release(claims),
      () => this.#recorder.released(claims, false),
    );
  }

  override cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    return this.#between(
      () => this.store.cancel(id, payload),
      (answer) => answer === 'asked' && this.#recorder.note({ type: 'cancelAsked', id }),
    );
  }

  override setPriority(id: string, priority: Priority): Promise<boolean> {
    return this.#between(
      () => this.store.setPriority(id, priority),
      (isSet) => isSet && this.#recorder.note({ type: 'priorityChanged', id, priority }),
    );
  }

  override close(): Promise<void> {
    return this.#between(
      () => this.store.close(),
      () => this.#recorder.released(this.#recorder.heldBy(this.me), true),
    );
  }
}
