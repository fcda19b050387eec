/** An error as a JSON value. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, code } = error as NodeJS.ErrnoException;
  return code === undefined ? { name, message } : { name, message, code };
}

/**
 * JSON of a value that may hold what JSON has no word for: see `--help`.
 *
 * @throws TypeError for a value that contains itself.
 */
export function toJson(value: unknown): string {
  return (JSON.stringify(value ?? null, plain) ?? 'null').replace(TERMINAL_CONTROLS, escape);
}

/** Control characters that JSON leaves as they are, and that a terminal obeys. */
const TERMINAL_CONTROLS = /[\u007F-\u009F]/g;

function escape(control: string): string {
  return `\\u00${control.charCodeAt(0).toString(16)}`;
}

/** JSON.stringify has asked `toJSON` already; what the value was stands in its parent. */
function plain(this: Readonly<Record<string, unknown>>, key: string, shown: unknown): unknown {
  const value = this[key];
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map || value instanceof Set) return [...value];
  if (value instanceof Error) return plainError(value);
  if (value instanceof Uint8Array || value instanceof DataView) return base64(value);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return base64(new Uint8Array(value));
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  return shown;
}

function base64({ buffer, byteOffset, byteLength }: Uint8Array | DataView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}
