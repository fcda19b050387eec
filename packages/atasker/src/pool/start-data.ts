import { clockOffsetMs } from '../common/clock.ts';
import { concurrencyOf } from '../core/limits.ts';
import { programLoader } from '../modules/typescript.ts';
import type { MemberStart } from './channels/channel.ts';
import type { Program } from './context.ts';
import type { MemberPoolSettings } from './options.ts';

/** The start data that all members of a pool that start now have in common. */
export function startData(
  program: Program,
  settings: MemberPoolSettings,
  preload: readonly string[],
  aloop: string | null,
): Omit<MemberStart, 'access' | 'loadSeat'> {
  const { execArgv, env, resourceLimits } = settings;
  const concurrency = concurrencyOf(settings);
  const { library } = program;
  const main = program.mainFile();
  const loader = programLoader();
  const boot = { library, main, loader, preload, clockOffsetMs: clockOffsetMs(), concurrency, aloop };
  return { boot, execArgv, env, resourceLimits };
}
