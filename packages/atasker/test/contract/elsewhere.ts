import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runtimeCommand } from '../support/runtime.ts';
import type { ExecutorName } from './exceptions.ts';
import type { RowLine, RowResult } from './run.ts';

const runner = fileURLToPath(new URL('run.js', import.meta.url));

/** A row has a limit of its own, which only a runtime that is blocked as a whole does not keep. */
const BLOCKED_MS = 90_000;

/** Runs the contract of an executor in the other runtime. One that a row ends is started again, with the row after it. */
export async function* runContract(executor: ExecutorName): AsyncGenerator<RowResult> {
  const [command, ...args] = runtimeCommand;
  for (let first = 0; first >= 0;) {
    const child = spawn(command, [...args, runner, executor, String(first)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const stderr = text(child.stderr);
    const closed = once(child, 'close');
    const kill = (): void => void child.kill('SIGKILL');
    let blocked = setTimeout(kill, BLOCKED_MS);
    let open: RowResult | null = { number: first, name: 'the start of the runner', why: null };
    let next = first + 1;
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(blocked);
      blocked = setTimeout(kill, BLOCKED_MS);
      const told = JSON.parse(line) as RowLine;
      if (told.is === 'end') yield told;
      open = told.is === 'begin' ? { ...told, why: null } : null;
      next = told.is === 'done' ? -1 : told.number + 1;
    }
    clearTimeout(blocked);
    await closed;
    if (open !== null) yield { ...open, why: `the runtime ended in this row: ${(await stderr).slice(-2_000)}` };
    first = next;
  }
}
