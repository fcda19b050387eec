import { arrayPush } from '../../../platform/methods.ts';
import type { LoadingFromMember, LoadingToMember } from '../../frames/loading.ts';

/** What a member reports of its loads. */
interface MemberLoadsOwner {
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
  readonly #owner: MemberLoadsOwner;

  constructor(owner: MemberLoadsOwner) {
    this.#owner = owner;
  }

  /** The definitions that the module has made so far while it is being loaded, for the message of a time limit. */
  get registered(): readonly string[] {
    return this.#registered;
  }

  handle(frame: LoadingFromMember): void {
    switch (frame.type) {
      case 'loading':
        this.#registered = [];
        return this.#owner.loads(frame.run, frame.waits);
      case 'registered':
        return arrayPush(this.#registered, `${frame.name} (line ${frame.line})`);
      case 'loadFailed':
        if (!this.#owner.endsAfter(frame.module)) this.#owner.post({ type: 'goOn' });
        return;
      case 'awaitsLoad':
      case 'loaded':
        return this.#owner.turn(frame.type);
      case 'warning':
        return this.#owner.warning(frame.module, frame.text);
    }
  }
}
