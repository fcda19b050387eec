import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backgroundTask, type Task } from 'atasker';
import type { ContractPool } from './pool.ts';

/** How many definitions there are so far: a program that runs tasks of others has no two of one name. */
let made = 0;

/** Calls a task whose definition is said to stand in a module with this text, or in one that is missing. */
export async function callIn({ on, subject, supervisor }: ContractPool, source: string | null): Promise<ModuleCall> {
  const folder = await mkdtemp(join(tmpdir(), 'atasker-contract-'));
  const file = join(folder, 'tasks.mjs');
  if (source !== null) await writeFile(file, source);
  const module = pathToFileURL(file).href;
  made += 1;
  const name = `defined${made}`;
  subject.define?.(supervisor, name, module);
  const defined = backgroundTask(() => {}, { name, module });
  return { module, task: defined.with(on)(), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

interface ModuleCall extends AsyncDisposable {
  readonly module: string;
  readonly task: Task;
}
