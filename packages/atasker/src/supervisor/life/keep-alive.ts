import { clearInterval, refTimer, setInterval, unrefTimer } from '../../platform/node.ts';

/** Keeps the process alive while somebody holds it, by a timer that never fires and is referenced only while held. */
export class KeepAlive {
  #holds = 0;
  #timer: NodeJS.Timeout | null = null;

  hold(): void {
    this.#holds += 1;
    if (this.#holds > 1) return;
    this.#timer ??= setInterval(() => {}, 2 ** 31 - 1);
    refTimer(this.#timer);
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && this.#timer !== null) unrefTimer(this.#timer);
  }

  /** Releases the last hold of its holder, which leaves no handle behind. */
  letGo(): void {
    this.release();
    this.close();
  }

  /** Ends the timer if nobody holds it, so that no handle is left behind. */
  close(): void {
    if (this.#holds > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
