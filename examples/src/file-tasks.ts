/** Task functions over a file. They block while they read and compute: each runs in a thread. */
import { backgroundTask } from 'atasker';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** What `fileFacts` finds out about a file. */
export interface FileFacts {
  readonly sha256: string;
  readonly gzipSize: number;
  readonly bytes: number;
  readonly lines: number;
  readonly words: number;
}

export const sha256 = backgroundTask(function sha256(path: string): string {
  return sha256Of(readFileSync(path));
});

export const gzipSize = backgroundTask(function gzipSize(path: string): number {
  return gzipSync(readFileSync(path)).length;
});

/** Lines as an editor counts them: one that does not end in a line break is a line too. */
export const lineCount = backgroundTask(function lineCount(path: string): number {
  return countText(readFileSync(path)).lines;
});

/** Words as `wc -w` counts them: the parts between white space. */
export const wordCount = backgroundTask(function wordCount(path: string): number {
  return countText(readFileSync(path)).words;
});

/** All of it, for one read. `npm start` maps it over a folder. */
export const fileFacts = backgroundTask(function fileFacts(path: string): FileFacts {
  const content = readFileSync(path);
  return {
    sha256: sha256Of(content),
    gzipSize: gzipSync(content).length,
    bytes: content.length,
    ...countText(content),
  };
});

function sha256Of(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

const LINE_BREAK = 0x0a;
const SPACE = 0x20;

/** Byte by byte, for a file may be larger than the longest string. */
function countText(content: Buffer): { lines: number; words: number } {
  let lines = 0;
  let words = 0;
  let inWord = false;
  for (const byte of content) {
    const isSpace = byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
    if (byte === LINE_BREAK) lines += 1;
    if (!isSpace && !inWord) words += 1;
    inWord = !isSpace;
  }
  const isOpen = content.length > 0 && content.at(-1) !== LINE_BREAK;
  return { lines: lines + (isOpen ? 1 : 0), words };
}
