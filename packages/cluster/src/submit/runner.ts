import type { Priority, TaskType } from 'atasker';
import type { RemoteEvents, RemoteHost, RemoteRunner, RemoteTask } from 'atasker/remote';
import { Batches } from '../link/batches.ts';
import { bufferFull, checkSize, gone, isUnavailable, leftBehind, lostWith } from '../common/errors.ts';
import type { StoreLink } from '../link/link.ts';
import type { Ending, StoredTask, TaskNews } from '../store/store.ts';

/** How many tasks are worth having in the store at a time, for `map`. */
const CONCURRENCY = 256;

/** A task of this program that has not ended. */
interface Sent {
  readonly id: string;
  readonly name: string;
  /** What goes to the store; null once the store has it. */
  task: StoredTask | null;
  /** The payload of the first cancel; null if the task has not been cancelled. */
  cancel: string | null;
  /** A priority that the store has not taken yet. */
  priority: Priority | null;
  /** The last progress that was told. */
  progress: string | null;
}

/** What the submitting side needs. */
export interface SubmitterOwner {
  readonly link: StoreLink;
  readonly host: RemoteHost;
  readonly offlineBuffer: number;
  readonly maxPayload: number;
  /** Closes the node, if there is one, and the store: the supervisor has stopped. */
  readonly close: () => Promise<void>;
}

/** The submitting side of a program: takes its tasks to the store, and its supervisor hears how they go on. */
export class ClusterRunner implements RemoteRunner {
  readonly #owner: SubmitterOwner;
  readonly #events: RemoteEvents;
  readonly #tasks = new Map<string, Sent>();
  readonly #adding: Batches<Sent>;
  readonly #changing: Batches<Sent>;

  constructor(owner: SubmitterOwner, events: RemoteEvents) {
    const { link } = owner;
    this.#owner = owner;
    this.#events = events;
    this.#adding = new Batches<Sent>({
      send: (sent) => this.#add(sent),
      sent: (sent) => this.#added(sent),
      refused: ({ id }, error) => this.#refused(id, error as Error),
    });
    this.#changing = new Batches<Sent>({
      send: (sent) => Promise.all(sent.map((one) => this.#change(one))),
      sent: () => {},
      refused: ({ id }, error) => this.#refused(id, error as Error),
    });
    link.listen({
      ended: (ending) => this.#ended(ending),
      told: (news) => this.#told(news),
      back: () => this.#back(),
    });
  }

  submit(task: RemoteTask): void {
    const { link, host, offlineBuffer, maxPayload } = this.#owner;
    host.checkNames(); // two functions of one name are refused here too
    if (link.awayFor !== null && this.#adding.size >= offlineBuffer) throw bufferFull(offlineBuffer, link.awayFor);
    checkSize(task.payload, maxPayload, 'args');
    const { id, name } = task;
    const sent: Sent = { id, name, task: { ...task, origin: link.me }, cancel: null, priority: null, progress: null };
    this.#tasks.set(id, sent);
    this.#adding.put(sent);
  }

  cancel(id: string, payload: string): void {
    const sent = this.#tasks.get(id);
    if (sent === undefined || sent.cancel !== null) return;
    if (this.#adding.remove(sent)) return queueMicrotask(() => this.#canceled(id, payload));
    sent.cancel = payload;
    if (sent.task === null) this.#changing.put(sent);
  }

  setPriority(id: string, priority: Priority): boolean {
    const sent = this.#tasks.get(id);
    if (sent === undefined) return false;
    if (this.#adding.remove(sent)) {
      sent.task = { ...sent.task!, priority };
      this.#adding.put(sent); // to the end of the line, as everywhere
      return true;
    }
    sent.priority = priority;
    if (sent.task === null) this.#changing.put(sent);
    return true;
  }

  concurrency(_tt: TaskType): number {
    return CONCURRENCY;
  }

  /** Stops waiting for the tasks that the store has: they go on without this program. */
  leave(): void {
    for (const { id, task } of this.#tasks.values()) if (task === null) this.#refused(id, leftBehind(id));
  }

  async close(): Promise<void> {
    const { link, close } = this.#owner;
    if (link.awayFor !== null) for (const batches of [this.#adding, this.#changing]) batches.close();
    await Promise.all([this.#adding.whenEmpty(), this.#changing.whenEmpty()]);
    this.#tasks.clear();
    await close();
  }

  async #add(sent: readonly Sent[]): Promise<void> {
    const { link } = this.#owner;
    await link.open();
    await link.store.add(sent.map(({ task }) => task!));
  }

  #added(sent: readonly Sent[]): void {
    for (const one of sent) {
      one.task = null;
      if (!this.#tasks.has(one.id)) continue; // its end was told first
      this.#events.accepted(one.id);
      if (one.cancel !== null || one.priority !== null) this.#changing.put(one);
    }
  }

  /** Takes a cancel or a new priority to the store. */
  async #change(sent: Sent): Promise<void> {
    const { store } = this.#owner.link;
    const { id, cancel, priority } = sent;
    sent.priority = null;
    try {
      if (priority !== null) await store.setPriority(id, priority);
      if (cancel === null) return;
      const found = await store.cancel(id, cancel);
      if (found === 'removed') this.#canceled(id, cancel);
      if (found === 'unknown') this.#refused(id, gone(id));
    } catch (error) {
      if (isUnavailable(error)) sent.priority ??= priority;
      throw error;
    }
  }

  #canceled(id: string, payload: string): void {
    if (this.#tasks.delete(id)) this.#events.ended(id, 'canceled', payload, null);
  }

  #refused(id: string, error: Error): void {
    if (this.#tasks.delete(id)) this.#events.refused(id, error);
  }

  #ended({ id, end, payload, startedAt, progress, lostNodes }: Ending): void {
    const sent = this.#tasks.get(id);
    if (sent === undefined) return;
    this.#tasks.delete(id);
    const { host } = this.#owner;
    const text = lostNodes === null ? payload : host.errorPayload(lostWith(lostNodes, sent));
    if (progress !== null && progress !== sent.progress) {
      if (startedAt !== null) this.#events.started(id, startedAt); // the news of both may be on their way still
      this.#events.progressed(id, progress);
    }
    this.#events.ended(id, end, text, startedAt);
  }

  #progressed({ id, payload }: Extract<TaskNews, { type: 'progressed' }>): void {
    const sent = this.#tasks.get(id);
    if (sent !== undefined) sent.progress = payload;
    this.#events.progressed(id, payload);
  }

  #told(news: TaskNews): void {
    switch (news.type) {
      case 'started':
        return this.#events.started(news.id, news.at);
      case 'progressed':
        return this.#progressed(news);
      case 'late':
        return this.#events.late(news.id, news.end, news.payload);
      case 'lateError':
        return this.#events.lateError(news.payload);
    }
  }

  #back(): void {
    this.#adding.retry();
    this.#changing.retry();
  }
}
