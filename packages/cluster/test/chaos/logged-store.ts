import type { Claim, Claims, End, Room, StoredTask, StoreNews, TaskStore } from '../../src/store/store.ts';
import type { EventOf, ProgramEvent } from './checker/history.ts';
import { PassingStore } from './passing-store.ts';

/** What a program notes. The store says when it has happened; what a program has asked for it does not know. */
export type Noted = ProgramEvent | Omit<EventOf<'chose'>, 'at'>;

/** So much of a payload is noted. */
export const NOTED_CHARS = 1_000;

/** A store whose program notes what it asks and is told. */
export class LoggedStore extends PassingStore {
  readonly #note: (event: Noted) => void;

  constructor(store: TaskStore, note: (event: Noted) => void) {
    super(store);
    this.#note = note;
  }

  protected override watched(news: StoreNews): Partial<StoreNews> {
    return {
      ended: (ending) => {
        const { id, end } = ending;
        const payload = ending.payload.slice(0, NOTED_CHARS);
        this.#note({ type: 'endSeen', submitter: this.me, id, end, payload });
        news.ended(ending);
      },
      cancel: (id, payload) => {
        this.#note({ type: 'cancelTold', node: this.me, id });
        news.cancel(id, payload);
      },
    };
  }

  override async add(tasks: readonly StoredTask[]): Promise<void> {
    await this.store.add(tasks);
    for (const { id } of tasks) this.#note({ type: 'acceptedSeen', submitter: this.me, id });
  }

  override async claim(room: Room, definitions: readonly string[], most: number): Promise<Claims> {
    const given = await this.store.claim(room, definitions, most);
    const tokens = given.claims.map(({ token }: Claim) => token);
    this.#note({ type: 'chose', node: this.me, room, definitions, most, tokens });
    return given;
  }

  override async settle(ends: readonly End[]): Promise<readonly string[]> {
    const dropped = await this.store.settle(ends);
    const { me: node } = this;
    for (const { id, token } of ends) if (dropped.includes(id)) this.#note({ type: 'fenced', node, id, token });
    return dropped;
  }

  override async cancel(id: string, payload: string): Promise<'removed' | 'asked' | 'ended' | 'unknown'> {
    this.#note({ type: 'cancelCalled', id });
    const answer = await this.store.cancel(id, payload);
    this.#note({ type: 'cancelAnswered', id, answer });
    return answer;
  }
}
