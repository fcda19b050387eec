import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TaskError } from '../../common/errors.ts';
import { definitionsOf, MainFileStop } from '../../define/registry.ts';
import type { Standstill } from '../../define/standstill.ts';
import { isTypeScript } from '../../modules/typescript.ts';
import { arrayJoin, arrayMap, isInstance, pattern, stringStartsWith } from '../../platform/methods.ts';
import { AggregateError, Array, Error, ReferenceError } from '../../platform/primordials.ts';
import type { Address } from '../../task/call.ts';
import { toError } from '../../wire/errors.ts';
import type { Role } from '../channels/role.ts';

/** Thrown by `process.exit` outside of a task: a module must not end the thread on its own. */
export class ExitOutsideTask extends Error {
  override name = 'ExitOutsideTask';

  constructor(message: string) {
    super(message);
  }
}

const TEST_RUNNER_GLOBAL = pattern(/\b(describe|context|suite|it|test|before|setup)\b/);

/**
 * Whether an error says that a global of a test runner is missing. Mocha leaves no mark in the environment, and its
 * globals are in its own thread only.
 */
export function lacksTestRunner(error: unknown): boolean {
  return isInstance(ReferenceError, error) && TEST_RUNNER_GLOBAL.test(error.message);
}

/** Whether an error only says that the evaluation of a module ends here on purpose. */
export function endsEvaluation(error: unknown): boolean {
  return error instanceof MainFileStop || error instanceof ExitOutsideTask;
}

/**
 * Whether a module could not be loaded because the process has run out of descriptors or memory. Another member may
 * have loaded that module already.
 */
export function isShortage(error: unknown): boolean {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
  return code === 'EMFILE' || code === 'ENFILE' || code === 'EAGAIN' || code === 'ENOMEM';
}

/** The error that a task fails with if its module cannot be loaded, or does not define it. */
export function loadError(
  address: Address,
  kind: Role['kind'],
  error: unknown,
  standstill: Standstill | null,
): TaskError {
  const { module, name } = address;
  const names = arrayMap(definitionsOf(module), (definition) => definition.name);
  const registered = names.length === 0 ? 'no task' : arrayJoin(names, ', ');
  const cause = error ?? undefined;
  const message = `task ${name} cannot be loaded in a ${kind}: ${standstill === null ? explain(module, registered, error) : explainStandstill(address, standstill)}`;
  return new TaskError('ERR_TASK_LOAD', message, { taskName: name, module, cause });
}

function explain(module: string, registered: string, error: unknown): string {
  if (error instanceof MainFileStop) return `${module} imports the main file; move what it needs to a file of its own`;
  if (error instanceof ExitOutsideTask) return `${module} called process.exit() when only ${registered} was defined`;
  if (error === null) {
    return `${module} defined only ${registered} there; is the definition made in the program's own thread only?`;
  }
  return `${module} failed: ${toError(error).message}${faultsIn(error)}${hintFor(module)}`;
}

/** Bun reports the faults of a source text in the errors of an AggregateError, whose own message only counts them. */
function faultsIn(error: unknown): string {
  const errors = isInstance(AggregateError, error) ? (error.errors as unknown) : null;
  if (!Array.isArray(errors)) return '';
  return arrayJoin(
    arrayMap(errors, (own) => `; ${toError(own).message}`),
    '',
  );
}

function hintFor(module: string): string {
  const path = stringStartsWith(module, 'file:') ? fileURLToPath(module) : module;
  if (!existsSync(path)) return ' (there is no such file: it has to ship with the program, also beside a bundle)';
  return isTypeScript(module) ? ' (TypeScript needs Node 22.18 or later, or run with tsx)' : '';
}

function explainStandstill({ line: below }: Address, { module, line, awaited }: Standstill): string {
  const fact = `${module} awaits ${awaited} at line ${line}, which never settles in a pool thread: a module is only evaluated there to find its tasks`;
  const what = below > 0 ? `what is defined at line ${below}` : 'what is defined below';
  const ways = `Define all tasks above the first await, or in a file of their own, or put what awaits them into main(async () => {…})`;
  return `${fact}, so ${what} is never reached. ${ways}`;
}
