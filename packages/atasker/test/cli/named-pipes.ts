import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Named pipes: a task that reads one blocks until the test lets it go. */
export function makePipes(...names: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-cli-'));
  after(() => rmSync(folder, { recursive: true }));
  const paths = names.map((name) => join(folder, `${name}.pipe`));
  execFileSync('mkfifo', paths);
  return paths;
}

/** Lets the task go that reads this pipe: the pipe gives it the text. */
export function letGo(path: string, text = 'gone'): void {
  writeFileSync(path, text);
}
