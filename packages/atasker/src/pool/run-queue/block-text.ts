/**
 * Texts in blocks of the arena. A text is written directly into shared memory and read directly from it: as Latin-1 if
 * that is enough, and else as UTF-16, which also keeps lone surrogates. The first byte says which.
 */
import { pattern } from '../../platform/methods.ts';
import { Buffer, readLatin1, readUtf16, writeLatin1, writeUtf16 } from '../../platform/node.ts';

/** Bits of the first byte. */
const WIDE = 1;
const JSON_TEXT = 2;

/** The offset of the text in bytes. It is even, because UTF-16 is read faster from an even offset. */
const PREFIX = 2;

const NOT_LATIN = pattern(/[^\0-\xff]/);

/** A text that is ready to be written. */
export interface BlockText {
  readonly text: string;
  /**
   * Whether the text is the exact JSON text of a value (wire/exact-text.ts); otherwise the text itself is the value.
   */
  readonly isJson: boolean;
  readonly isWide: boolean;
  /** How many bytes the text takes in all, with its prefix. */
  readonly size: number;
}

export function blockText(text: string, isJson: boolean): BlockText {
  const isWide = NOT_LATIN.test(text);
  return { text, isJson, isWide, size: PREFIX + text.length * (isWide ? 2 : 1) };
}

/** Writes a text. The target must have `size` bytes. */
export function writeBlockText(target: Uint8Array, { text, isJson, isWide, size }: BlockText): void {
  target[0] = (isWide ? WIDE : 0) | (isJson ? JSON_TEXT : 0);
  const write = isWide ? writeUtf16 : writeLatin1;
  write(bufferOf(target), text, PREFIX, size - PREFIX);
}

/** Reads a text. `size` is the number of its bytes in all, with the prefix. */
export function readBlockText(source: Uint8Array, size: number): Pick<BlockText, 'text' | 'isJson'> {
  const bits = source[0]!;
  const read = (bits & WIDE) === 0 ? readLatin1 : readUtf16;
  const text = read(bufferOf(source), PREFIX, size);
  return { text, isJson: (bits & JSON_TEXT) !== 0 };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
