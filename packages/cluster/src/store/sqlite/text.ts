import type { SqlText } from './driver.ts';

/**
 * A text as a value that SQLite keeps exactly. SQLite holds UTF-8, which has no lone surrogates, and some drivers end a
 * text at NUL: such texts become blobs of UTF-16. Equal texts become equal values, so ids can be compared.
 */
export function toSql(text: string): string | Uint8Array {
  const isPlain = (text as string & { isWellFormed(): boolean }).isWellFormed() && !text.includes('\0');
  return isPlain ? text : Buffer.from(text, 'utf16le');
}

export function fromSql(value: SqlText): string {
  if (typeof value === 'string') return value;
  const bytes =
    value instanceof ArrayBuffer ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return bytes.toString('utf16le');
}
