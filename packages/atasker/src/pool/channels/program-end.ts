import { process } from '../../platform/node.ts';
import { Set } from '../../platform/primordials.ts';

/** What is done about a member when the program ends. */
export interface Ending {
  /** The program has nothing more to do: the member is to exit by itself, and the program waits for it. */
  retire(): void;
  /** The program exits now. */
  leave(): void;
}

const endings = new Set<Ending>();

export function watchProgramEnd(ending: Ending): void {
  if (endings.size === 0) {
    process.on('beforeExit', retireAll);
    process.on('exit', leaveAll);
  }
  endings.add(ending);
}

export function unwatchProgramEnd(ending: Ending): void {
  if (!endings.delete(ending) || endings.size > 0) return;
  process.off('beforeExit', retireAll);
  process.off('exit', leaveAll);
}

function retireAll(): void {
  forEach((ending) => ending.retire());
}

function leaveAll(): void {
  forEach((ending) => ending.leave());
}

/**
 * Ends all members. The last frames of a member may be nonsense: they must neither keep the other members waiting nor
 * change the exit code.
 */
function forEach(end: (ending: Ending) => void): void {
  for (const ending of endings) {
    try {
      end(ending);
    } catch {
      // the error concerns only that member, which ends anyway
    }
  }
}
