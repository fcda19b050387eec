/**
 * Texts in blocks of the arena. A text is written straight into shared memory and read straight from it, as Latin-1 if
 * that is enough and else as UTF-16, which also keeps lone surrogates. The first byte says which.
 */
import { pattern } from '../../platform/methods.ts';
import { Buffer, readLatin1, readUtf16, writeLatin1, writeUtf16 } from '../../platform/node.ts';

/** Bits of the first byte. */
const WIDE = 1;
const JSON_TEXT = 2;

/** The text begins after so many bytes, which is even: UTF-16 is read faster so. */
const PREFIX = 2;

const NOT_LATIN = pattern(/[^\0-\xff]/);

/** A text that is ready to be written. */
export interface BlockText {
  readonly text: string;
  /** Whether it is the exact JSON text of a value (wire/exact-text.ts); else it is the value. */
  readonly isJson: boolean;
  readonly isWide: boolean;
  /** How many bytes it takes in all. */
  readonly size: number;
}

export function blockText(text: string, isJson: boolean): BlockText {
  const isWide = NOT_LATIN.test(text);
  return { text, isJson, isWide, size: PREFIX + text.length * (isWide ? 2 : 1) };
}

/** Writes a text. There must be `size` bytes. */
export function writeBlockText(target: Uint8Array, { text, isJson, isWide, size }: BlockText): void {
  target[0] = (isWide ? WIDE : 0) | (isJson ? JSON_TEXT : 0);
  const write = isWide ? writeUtf16 : writeLatin1;
  write(bufferOf(target), text, PREFIX, size - PREFIX);
}

/** Reads a text of so many bytes in all. */
export function readBlockText(source: Uint8Array, size: number): Pick<BlockText, 'text' | 'isJson'> {
  const bits = source[0]!;
  const read = (bits & WIDE) === 0 ? readLatin1 : readUtf16;
  const text = read(bufferOf(source), PREFIX, size);
  return { text, isJson: (bits & JSON_TEXT) !== 0 };
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
