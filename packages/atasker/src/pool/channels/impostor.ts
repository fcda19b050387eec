/**
 * A process of a pool is `process.execPath` with the arguments of the pool. Where that is not Node.js but the program
 * itself (an application that is packed with its runtime, a launcher that ignores its arguments), the process would be
 * the program once more, whose first process task would start the program again, and so on. A variable in the
 * environment of the process says that the process was started for a pool, and the boot code removes the variable. A
 * process that still has the variable when it evaluates the library runs in place of a process of a pool, and ends
 * there.
 */
import { writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { arrayIncludes, stringIncludes } from '../../platform/methods.ts';
import { process } from '../../platform/node.ts';
import { Error } from '../../platform/primordials.ts';
import { BOOT_TEXTS } from './boot-files.ts';
import { MEMBER_VARIABLE } from './boot/descriptors.ts';

const FACT = 'runs the program itself, not Node.js with the arguments of a pool';

let refusal: string | null = null;

/** Ends this process if it is the program itself, started in place of a process of a pool. */
export function endImpostor(): void {
  if (!isMainThread || !(MEMBER_VARIABLE in process.env)) return;
  if (arrayIncludes(process.execArgv, BOOT_TEXTS.process)) return; // a preloaded module has imported the library
  writeSync(2, `${process.execPath} ${FACT}: process tasks cannot run here; use threads (docs/loading.md)\n`);
  process.exit(1);
}

/** Remembers why a process could not start, if the reason is that the process was the program itself. */
export function noteImpostor(reason: string): void {
  if (stringIncludes(reason, FACT)) refusal ??= reason;
}

/** @throws if a process has turned out to be the program itself */
export function refuseImpostors(): void {
  if (refusal !== null) throw new Error(refusal);
}
