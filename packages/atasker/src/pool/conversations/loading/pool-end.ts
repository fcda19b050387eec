import { arrayPush } from '../../../platform/methods.ts';
import type { FromMember } from '../../../wire/frames.ts';

type LoadFrame = Extract<FromMember, { type: 'loading' | 'registered' | 'loadFailed' | 'awaitsLoad' | 'loaded' }>;

/** What a member tells of its loads. */
interface LoadEvents {
  /** It loads the module of this run from now on, or waits until it may. */
  loads(run: number, waits: boolean): void;
  /** A module could not be loaded there, or (null) what has been done there breaks other code. */
  failed(module: string | null): void;
  /** It asks whether it may load modules, or has done so. */
  turn(turn: 'awaitsLoad' | 'loaded'): void;
}

/** How the loads of one member go. */
export class MemberLoads {
  /** What the module that is being loaded has defined so far, for the message of a time limit. */
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
