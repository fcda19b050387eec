import { existsSync } from 'node:fs';
import { arrayConcat, arraySlice, each } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Error, Object, String } from '../../platform/primordials.ts';
import { bootFiles, BOOT_TEXTS } from './boot-files.ts';
import { MEMBER_VARIABLE } from './boot/descriptors.ts';
import type { MemberStart } from './channel.ts';
import { refuseImpostors } from './impostor.ts';
import { currentFolder, preloadFolder, processFlags, programFlags } from './inherited-flags.ts';
import type { Restored } from './role.ts';
import { refuseProcessesInExecutable } from './single-executable.ts';

/** How a process is started, and what the process shows user code instead. */
export interface ProcessCommand {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /**
   * The folder in which modules are preloaded: the one that the program was started in. Undefined for the current
   * folder.
   */
  readonly preloadFolder: string | undefined;
  /** The folder to change to after the modules are preloaded; null if the process is there already. */
  readonly cwd: string | null;
  readonly restored: Restored;
}

/**
 * Node.js reads `NODE_OPTIONS` before the command line, so the boot file would not be the first module that is
 * preloaded. Therefore the flags in `NODE_OPTIONS` move to the command line, behind the boot file.
 *
 * @throws where a process could not run, or would be the program itself once more
 */
export function processCommand({ boot, execArgv, env }: MemberStart): ProcessCommand {
  refuseWhereNone();
  refuseImpostors();
  const given: NodeJS.ProcessEnv = { ...(env === null ? process.env : (env as NodeJS.ProcessEnv)) };
  const files = bootFiles('process', boot.library);
  const own = execArgv ?? [];
  const flags = arrayConcat(processFlags(given['NODE_OPTIONS']), own);
  const args =
    files === null
      ? arrayConcat(flags, ['-e', BOOT_TEXTS.process])
      : arrayConcat(['--require', files.preload], flags, [files.main]);
  const changed = { NODE_OPTIONS: undefined, [MEMBER_VARIABLE]: String(process.pid), ...electronVariable() };
  const replaced: Record<string, string | null> = {};
  for (const name of each(Object.keys(changed))) replaced[name] = given[name] ?? null;
  const folder = preloadFolder();
  const hasFolder = folder !== null && existsSync(folder);
  return {
    args,
    env: { ...given, ...changed },
    preloadFolder: hasFolder ? folder : undefined,
    cwd: hasFolder ? currentFolder() : null,
    restored: {
      argv: arraySlice(process.argv, 2),
      execArgv: arrayConcat(programFlags(), own),
      env: replaced,
    },
  };
}

/** With this variable, an Electron application runs as Node.js; without it, the process would be the application. */
function electronVariable(): Record<string, string> {
  return 'electron' in process.versions ? { ELECTRON_RUN_AS_NODE: '1' } : {};
}

/** @throws where a process could not run, or would be the program itself once more */
function refuseWhereNone(): void {
  if ('deno' in process.versions) throw new Error('Deno cannot run process tasks (docs/loading.md): use threads');
  refuseProcessesInExecutable();
}
