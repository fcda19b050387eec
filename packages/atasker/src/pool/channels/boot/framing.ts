/**
 * Messages on the socket between a pool and one of its processes. A message is a header of 8 bytes, which holds a mark
 * and the length of the body, then a body as `node:v8` writes it, and then the bytes of the large views in it, one after
 * the other: they are neither copied into the body nor out of it. User code can write to any descriptor of its process.
 * Bytes without the mark end that process and nothing else.
 */
import v8 from 'node:v8';
import { uncurried } from './captured.ts';

export const HEADER_BYTES = 8;
const MARK = 0x61_74_73_6b;

/** Maximum length of a message in bytes: V8 does not read back a longer body. */
const MOST_BYTES = 0x7fff_fff0;

/** Minimum size in bytes of a view whose bytes follow the body. */
const LARGE = 4_096;

const { DefaultSerializer, DefaultDeserializer, Serializer, Deserializer, serialize, deserialize } = v8;
const writeRawBytes = uncurried(Serializer.prototype.writeRawBytes);
const writeHeader = uncurried(Serializer.prototype.writeHeader);
const writeUint32 = uncurried(Serializer.prototype.writeUint32);
const writeValue = uncurried(Serializer.prototype.writeValue);
const releaseBuffer = uncurried(Serializer.prototype.releaseBuffer);
const readHeader = uncurried(Deserializer.prototype.readHeader);
const readUint32 = uncurried(Deserializer.prototype.readUint32);
const readValue = uncurried(Deserializer.prototype.readValue);
const { allocUnsafeSlow, concat } = Buffer;
const bufferOn: (memory: ArrayBuffer) => Buffer = Buffer.from.bind(Buffer);
const readUInt32 = uncurried(Buffer.prototype.readUInt32BE as (this: Buffer, at: number) => number);
const writeUInt32 = uncurried(Buffer.prototype.writeUInt32BE);
const subarray = uncurried(Buffer.prototype.subarray as (this: Buffer, from: number) => Buffer);
const copyOf = uncurried(Uint8Array.prototype.slice as (this: Uint8Array, from: number, to: number) => Uint8Array);
const copyInto = uncurried(Buffer.prototype.copy as (this: Buffer, ...args: Parameters<Buffer['copy']>) => number);
const { getPrototypeOf } = Object;
const Bytes = Uint8Array;
const emptyHeader = Buffer.alloc(HEADER_BYTES);

/** False in Bun, which has no `Serializer` that can write a header. */
const hasSerializer = !('bun' in process.versions);

interface ViewClass {
  readonly prototype: object;
  new (memory: ArrayBuffer): ArrayBufferView;
}

/** The classes of views whose bytes may follow the body. A Buffer has the number 0 and is not made by its class. */
const viewClasses: readonly ViewClass[] = [
  Buffer,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  Int8Array,
  Int16Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as unknown as readonly ViewClass[];
const prototypes: readonly object[] = viewClasses.map(({ prototype }) => prototype);

/** The methods by which the classes of `node:v8` write and read a view; Node.js documents them for subclasses. */
interface ViewWriter {
  _writeHostObject(view: ArrayBufferView): void;
}
interface ViewReader {
  _readHostObject(): ArrayBufferView;
}
const { _writeHostObject: writeView } = DefaultSerializer.prototype as unknown as ViewWriter;
const { _readHostObject: readView } = DefaultDeserializer.prototype as unknown as ViewReader;
const writeSmall = hasSerializer ? uncurried(writeView) : null;
const readSmall = hasSerializer ? uncurried(readView) : null;

/**
 * The bytes of a message, to be written one after the other.
 *
 * @param isKept whether nobody changes the views in the value any more: then their bytes are not copied
 * @throws what the engine throws for a value that cannot be cloned, and a RangeError for a message that is too long
 */
export function encodeMessage(value: unknown, isKept = false): Uint8Array[] {
  const message: Uint8Array[] = [];
  const bytes = hasSerializer ? encodeBody(value, message, isKept) : concat([emptyHeader, serialize(value)]);
  let total = bytes.length - HEADER_BYTES;
  for (let at = 1; at < message.length; at += 1) total += message[at]!.length;
  if (total > MOST_BYTES) throw new RangeError(`a message of ${total} bytes is too long for a process`);
  writeUInt32(bytes, MARK, 0);
  writeUInt32(bytes, bytes.length - HEADER_BYTES, 4);
  message[0] = bytes;
  return message;
}

/** Writes a body, with room for a header before it. The bytes of large views become the items 1, 2, … of `message`. */
function encodeBody(value: unknown, message: Uint8Array[], isKept: boolean): Buffer {
  const serializer = new DefaultSerializer();
  let last = 0;
  (serializer as unknown as ViewWriter)._writeHostObject = (view) => {
    const type = view.byteLength < LARGE ? -1 : typeOf(view);
    writeUint32(serializer, type + 1);
    if (type < 0) return writeSmall!(serializer as unknown as ViewWriter, view);
    writeUint32(serializer, view.byteLength);
    const bytes = new Bytes(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
    message[(last += 1)] = isKept ? bytes : copyOf(bytes, 0, bytes.length);
  };
  writeRawBytes(serializer, emptyHeader);
  writeHeader(serializer);
  writeValue(serializer, value);
  return releaseBuffer(serializer);
}

/** The number of the class of a view; -1 for an instance of another class. */
function typeOf(view: ArrayBufferView): number {
  const prototype = getPrototypeOf(view) as object;
  let type = prototypes.length - 1;
  while (type >= 0 && prototypes[type] !== prototype) type -= 1;
  return type;
}

/** A message as its body says. */
interface Decoded {
  readonly message: unknown;
  /** The memory of the large views in it, to be filled with the bytes that follow the body. */
  readonly parts: readonly Buffer[];
}

/** @throws if the bytes are not a body */
export function decodeBody(body: Uint8Array): Decoded {
  if (!hasSerializer) return { message: deserialize(body), parts: [] };
  const deserializer = new DefaultDeserializer(body);
  const parts: Buffer[] = [];
  let total = body.length;
  (deserializer as unknown as ViewReader)._readHostObject = () => {
    const number = readUint32(deserializer);
    if (number === 0) return readSmall!(deserializer as unknown as ViewReader);
    const length = readUint32(deserializer);
    total += length;
    if (total > MOST_BYTES) throw new RangeError('a message that no process sends came through its descriptor');
    const part = allocUnsafeSlow(length);
    parts[parts.length] = part;
    const memory = part.buffer as ArrayBuffer;
    return number === 1 ? bufferOn(memory) : new viewClasses[number - 1]!(memory);
  };
  readHeader(deserializer);
  const message: unknown = readValue(deserializer);
  return { message, parts };
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
  /** The message whose parts are being filled: the number of the part, and how many bytes of it have come. */
  #open: Decoded | null = null;
  #part = 0;
  #filled = 0;
  readonly #handle: (message: unknown) => void;

  constructor(handle: (message: unknown) => void) {
    this.#handle = handle;
  }

  /** @throws if the bytes are not messages, and what the handler throws */
  add(chunk: Buffer): void {
    this.#chunks[this.#chunks.length] = chunk;
    this.#length += chunk.length;
    if (this.#open === null && this.#length < this.#needed) return;
    const bytes = this.#chunks.length === 1 ? chunk : concat(this.#chunks, this.#length);
    const at = this.#readAll(bytes);
    this.#chunks = at === bytes.length ? [] : [subarray(bytes, at)];
    this.#length = bytes.length - at;
  }

  /** Reads what is there as a whole, and returns how far. */
  #readAll(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      if (this.#open !== null) at = this.#fill(this.#open, bytes, at);
      this.#needed = HEADER_BYTES;
      if (bytes.length - at < HEADER_BYTES) return at;
      this.#needed += bodyLength(bytes, at);
      if (bytes.length - at < this.#needed) return at;
      // Copied: views in the message show these bytes, and the receiver must not see what came beside the message.
      const body = copyOf(bytes, at + HEADER_BYTES, at + this.#needed);
      at += this.#needed;
      this.#open = decodeBody(body);
      this.#part = 0;
      this.#filled = 0;
    }
  }

  /** Fills the parts of the open message with bytes from `at` on, and hands the message over if none is missing. */
  #fill(open: Decoded, bytes: Buffer, at: number): number {
    let from = at;
    while (this.#part < open.parts.length) {
      const part = open.parts[this.#part]!;
      const length = copyInto(bytes, part, this.#filled, from, bytes.length);
      from += length;
      this.#filled += length;
      if (this.#filled < part.length) return from;
      this.#part += 1;
      this.#filled = 0;
    }
    this.#open = null;
    this.#handle(open.message);
    return from;
  }
}
