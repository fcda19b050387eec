import { arrayPush } from '../../../platform/methods.ts';
import type { FromMember } from '../../../wire/frames.ts';

type LoadFrame = Extract<FromMember, { type: 'loading' | 'registered' | 'loadFailed' | 'awaitsLoad' | 'loaded' }>;

/** What a member reports of its loads. */
interface LoadEvents {
  /** The member loads the module of this run from now on, or (`waits`) waits until it may. */
  loads(run: number, waits: boolean): void;
  /** The member could not load a module, or (null) code in the member has broken what other code needs. */
  failed(module: string | null): void;
  /** The member asks whether it may load modules, or has loaded them. */
  turn(turn: 'awaitsLoad' | 'loaded'): void;
}

/** Handles the frames of one member about its loads. */
export class MemberLoads {
  /** The definitions that the module has made so far while it is being loaded, for the message of a time limit. */
  registered: string[] = [];
  readonly #events: LoadEvents;

  constructor(events: LoadEvents) {
    this.#events = events;
  }

  handle(frame: LoadFrame): void {
    switch (frame.type) {
      case 'loading':
        this.registered = [];
        return this.#events.loads(frame.run, frame.waits);
      case 'registered':
        return arrayPush(this.registered, `${frame.name} (line ${frame.line})`);
      case 'loadFailed':
        return this.#events.failed(frame.module);
      case 'awaitsLoad':
      case 'loaded':
        return this.#events.turn(frame.type);
    }
  }
}
