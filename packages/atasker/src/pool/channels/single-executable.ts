/**
 * A single executable is Node.js with a script inside. It ignores the arguments that a process would be started with,
 * and no thread can load the script, because the script is not a file.
 */
// The default import: webpack would resolve the calls of a `createRequire` that is imported by name by itself.
import nodeModule from 'node:module';
import { arrayIncludes, stringStartsWith } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Error, Object } from '../../platform/primordials.ts';

export function refuseProcessesInExecutable(): void {
  if (!isSingleExecutable()) return;
  const fact = 'a single executable cannot run process tasks: each process would be the program itself once more';
  throw new Error(`${fact}; use threads (docs/loading.md)`);
}

/** @param library the file that the library was evaluated from, which may be a bundle */
export function refuseThreadsInExecutable(library: string): void {
  if (!isSingleExecutable() || isLoadedFile(library)) return;
  const fact = 'atasker is in the script of a single executable, which threads cannot load';
  throw new Error(`${fact}: put a bundle with it and the tasks beside the executable (docs/loading.md)`);
}

/**
 * Whether the library was loaded from a file. The script inside an executable may have the name of a file that existed
 * when the executable was built.
 */
function isLoadedFile(library: string): boolean {
  if (stringStartsWith(library, 'file:')) return true;
  return arrayIncludes(Object.keys(nodeModule.createRequire(process.execPath).cache), library);
}

function isSingleExecutable(): boolean {
  const sea = process.getBuiltinModule?.('node:sea') as { isSea?(): boolean } | undefined;
  return sea?.isSea?.() === true;
}
