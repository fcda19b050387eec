/**
 * Messages on the socket between a pool and one of its processes. A message is a header of 8 bytes, which holds a mark
 * and the length of the body, and a body as `node:v8` writes it. User code can write to any descriptor of its process.
 * Bytes without the mark end that process and nothing else.
 */
import v8 from 'node:v8';
import { uncurried } from './captured.ts';

export const HEADER_BYTES = 8;
const MARK = 0x61_74_73_6b;

/** Maximum length of a body in bytes: V8 does not read back a longer one. */
const MOST_BYTES = 0x7fff_fff0;

const { DefaultSerializer, DefaultDeserializer, Serializer, Deserializer, serialize, deserialize } = v8;
const writeRawBytes = uncurried(Serializer.prototype.writeRawBytes);
const writeHeader = uncurried(Serializer.prototype.writeHeader);
const writeValue = uncurried(Serializer.prototype.writeValue);
const releaseBuffer = uncurried(Serializer.prototype.releaseBuffer);
const readHeader = uncurried(Deserializer.prototype.readHeader);
const readValue = uncurried(Deserializer.prototype.readValue);
const { concat } = Buffer;
const readUInt32 = uncurried(Buffer.prototype.readUInt32BE as (this: Buffer, at: number) => number);
const writeUInt32 = uncurried(Buffer.prototype.writeUInt32BE);
const subarray = uncurried(Buffer.prototype.subarray as (this: Buffer, from: number) => Buffer);
const copyOf = uncurried(Uint8Array.prototype.slice as (this: Uint8Array, from: number, to: number) => Uint8Array);
const emptyHeader = Buffer.alloc(HEADER_BYTES);

/** False in Bun, which has no `Serializer` that can write a header. */
const hasSerializer = !('bun' in process.versions);

/** @throws what the engine throws for a value that cannot be cloned, and a RangeError for a message that is too long */
export function encodeMessage(value: unknown): Buffer {
  const bytes = hasSerializer ? withRoomForHeader(value) : concat([emptyHeader, serialize(value)]);
  const length = bytes.length - HEADER_BYTES;
  if (length > MOST_BYTES) throw new RangeError(`a message of ${length} bytes is too long for a process`);
  writeUInt32(bytes, MARK, 0);
  writeUInt32(bytes, length, 4);
  return bytes;
}

function withRoomForHeader(value: unknown): Buffer {
  const serializer = new DefaultSerializer();
  writeRawBytes(serializer, emptyHeader);
  writeHeader(serializer);
  writeValue(serializer, value);
  return releaseBuffer(serializer);
}

export function decodeBody(body: Uint8Array): unknown {
  if (!hasSerializer) return deserialize(body);
  const deserializer = new DefaultDeserializer(body);
  readHeader(deserializer);
  return readValue(deserializer);
}

/** The length of the body that follows the header at this offset. @throws if the bytes there are not a header */
export function bodyLength(bytes: Buffer, at: number): number {
  if (readUInt32(bytes, at) !== MARK)
    throw new Error('bytes that are not a message came through the descriptor of a process');
  return readUInt32(bytes, at + 4);
}

/** Splits the bytes that come from a socket into messages, and calls `handle` with each message. */
export class MessageReader {
  #chunks: Buffer[] = [];
  #length = 0;
  #needed = HEADER_BYTES;
  readonly #handle: (message: unknown) => void;

  constructor(handle: (message: unknown) => void) {
    this.#handle = handle;
  }

  /** @throws if the bytes are not messages, and what the handler throws */
  add(chunk: Buffer): void {
    this.#chunks[this.#chunks.length] = chunk;
    this.#length += chunk.length;
    if (this.#length < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : concat(this.#chunks, this.#length);
    let at = 0;
    let needed = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      needed = HEADER_BYTES + bodyLength(bytes, at);
      if (bytes.length - at < needed) break;
      // Copied: views in the message show these bytes, and the receiver must not see what came beside the message.
      const body = copyOf(bytes, at + HEADER_BYTES, at + needed);
      at += needed;
      needed = HEADER_BYTES;
      this.#handle(decodeBody(body));
    }
    this.#chunks = at === bytes.length ? [] : [subarray(bytes, at)];
    this.#length = bytes.length - at;
    this.#needed = needed;
  }
}
