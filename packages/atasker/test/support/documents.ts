import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from './program.ts';

/** The folder of the repository, where README.md and docs/ are. */
export const root = join(packageFolder, '../..');

/** A block of a document: a program, a file that the blocks after it use, or commands. */
export interface Block {
  readonly language: 'ts' | 'js' | 'json' | 'sh';
  /** The name that the page gives it, in a comment above it. */
  readonly file: string | null;
  /** The block is a file of examples/, unchanged. */
  readonly isExample: boolean;
  readonly code: string;
  /** What the block of text after it says that it prints. */
  readonly prints: string | null;
}

const BLOCK = /(?:<!-- (file|example): (\S+) -->\s*)?```(ts|js|json|sh)\n(.*?)```(?:\s*```text\n(.*?)```)?/gs;

export function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(BLOCK)].map(([, kind, file, language, code, prints]) => ({
    language: language as Block['language'],
    file: file ?? null,
    isExample: kind === 'example',
    code: code!,
    prints: prints ?? null,
  }));
}
