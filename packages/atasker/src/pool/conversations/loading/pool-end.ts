import { arrayPush } from '../../../platform/methods.ts';
import type { LoadingFromMember, LoadingToMember } from '../../frames/loading.ts';

/** What a member reports of its loads. */
interface LoadEvents {
  post(frame: LoadingToMember): void;
  /** The member loads the module of this run from now on, or (`waits`) waits until it may. */
  loads(run: number, waits: boolean): void;
  /**
   * The member could not load a module, or (null) code in the member has broken what other code needs. Returns whether
   * the member takes no further task.
   */
  endsAfter(module: string | null): boolean;
  /** The member asks whether it may load modules, or has loaded them. */
  turn(turn: 'awaitsLoad' | 'loaded'): void;
  warning(module: string, text: string): void;
}

/** Handles the frames of one member about its loads. */
export class MemberLoads {
  #registered: string[] = [];
  readonly #events: LoadEvents;

  constructor(events: LoadEvents) {
    this.#events = events;
  }

  /** The definitions that the module has made so far while it is being loaded, for the message of a time limit. */
  get registered(): readonly string[] {
    return this.#registered;
  }

  handle(frame: LoadingFromMember): void {
    switch (frame.type) {
      case 'loading':
        this.#registered = [];
        return this.#events.loads(frame.run, frame.waits);
      case 'registered':
        return arrayPush(this.#registered, `${frame.name} (line ${frame.line})`);
      case 'loadFailed':
        if (!this.#events.endsAfter(frame.module)) this.#events.post({ type: 'goOn' });
        return;
      case 'awaitsLoad':
      case 'loaded':
        return this.#events.turn(frame.type);
      case 'warning':
        return this.#events.warning(frame.module, frame.text);
    }
  }
}
