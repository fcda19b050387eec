/**
 * Values as bytes, for values that cross in shared memory, and to give the views of a value memory of their own.
 * Decoding gives what a structured clone gives, except that no view sees more memory than it shows. A small Buffer, for
 * example, is a view of a block of memory that it shares with other Buffers.
 */
import { types } from '../common/node-util.ts';
import { arrayFindIndex, arrayForEach, arrayPush, arraySome, each, listOf } from '../platform/methods.ts';
import { Buffer, copyBytes, Deserializer, newBytes, Serializer } from '../platform/node.ts';
import { ArrayBuffer, Error, Map, Math, Object, Set, Uint8Array, viewClasses } from '../platform/primordials.ts';
import { goesInto, isBytes, replaceParts, walk, type Step } from './walk.ts';

type View = ArrayBufferView;

/** Methods that Node.js documents for subclasses. */
const TREAT_VIEWS = '_setTreatArrayBufferViewsAsHostObjects';
const WRITE_VIEW = '_writeHostObject';
const READ_VIEW = '_readHostObject';

interface ViewWriter {
  [TREAT_VIEWS](treat: boolean): void;
  [WRITE_VIEW](view: unknown): void;
}
interface ViewReader {
  [READ_VIEW](): View;
}

/** Whether this runtime has these methods. Bun does not have them. */
export const WRITES_VIEWS = TREAT_VIEWS in Serializer.prototype;

/** A value as bytes. Its large buffers and views stand beside its head, so that they are copied only once. */
export interface Encoded {
  readonly head: Uint8Array;
  /** The large buffers and views. They are memory of the value: write them before anybody can change it. */
  readonly parts: readonly Uint8Array[];
  /** How many bytes the value takes in all. */
  readonly size: number;
  /** Whether the value is a single view (encodeView). */
  readonly isView?: true;
}

/** A value as bytes, as it crosses to a process or from it. */
export type WireBytes = Omit<Encoded, 'size'>;

/** The part of encoded bytes that crosses, with these parts. */
export function wireBytes({ head, isView }: Encoded, parts: WireBytes['parts']): WireBytes {
  return isView ? { head, parts, isView } : { head, parts };
}

export function isEncoded<T extends object>(
  taken: T | string | number,
): taken is Extract<T, { readonly head: Uint8Array }> {
  return typeof taken === 'object' && 'head' in taken;
}

/** Minimum size in bytes of a large buffer or view. Smaller ones are copied into the head. */
const LARGE = 4_096;
/** How many bytes the length of the head takes. */
const PREFIX = 4;
/**
 * In place of the length of the head, a single view has this number plus the length of the view. Its head is
 * `VIEW_HEAD` bytes long and says what the view is.
 */
const SINGLE = 2 ** 31;
const VIEW_HEAD = 3;
/**
 * Parts begin at multiples of this number of bytes. Otherwise the engine copies byte by byte between shared memory and
 * other memory.
 */
const ALIGNED = 8;

/** How a view is written: with its buffer, which other parts of the value may share, or with bytes of its own. */
const SHARED = 0;
const OWN = 1;
const OWN_PART = 2;

/**
 * The bytes of a value. Null if there are none: the value holds something that only the engine's own channels can take,
 * or this runtime cannot write values. Views keep sharing a buffer that is in the value as a whole, itself or as a view
 * of all of it; any other view gets a buffer of its own, of its own length.
 *
 * @param bytes the buffers and views in the value
 */
export function encode(value: unknown, bytes: readonly object[] = []): Encoded | null {
  try {
    const memory = bytes.length === 0 ? NO_MEMORY : memoryOf(bytes);
    const writer = new Serializer();
    if (bytes.length > 0) writeViews(writer, memory);
    writer.writeHeader();
    writer.writeUint32(memory.parts.length);
    let size = 0; // of the parts
    arrayForEach(memory.parts, ({ byteLength, buffer }, id) => {
      writer.writeUint32(byteLength);
      if (memory.whole.has(buffer)) writer.transferArrayBuffer(id, buffer);
      size += aligned(byteLength);
    });
    writer.writeValue(value);
    const head = writer.releaseBuffer();
    return { head, parts: memory.parts, size: aligned(PREFIX + head.byteLength) + size };
  } catch {
    return null;
  }
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNED) * ALIGNED;
}

/** The memory that the buffers and views in a value show. */
interface Memory {
  /** Buffers that are in the value as a whole. */
  readonly whole: ReadonlySet<ArrayBufferLike>;
  /** Buffers of which views show only a part. */
  readonly partial: ReadonlySet<ArrayBufferLike>;
  /** The large buffers and views; `numbers` has the index here of each view that gets a buffer of its own. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  readonly numbers: ReadonlyMap<View, number>;
}

const NO_MEMORY: Memory = { whole: new Set(), partial: new Set(), parts: [], numbers: new Map() };

function memoryOf(bytes: readonly object[]): Memory {
  const whole = new Set<ArrayBufferLike>();
  const partial = new Set<ArrayBufferLike>();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const numbers = new Map<View, number>();
  arrayForEach(bytes, (object) => {
    if (!ArrayBuffer.isView(object)) whole.add(object as ArrayBuffer);
    else if (isWhole(object)) whole.add(object.buffer);
    else if (types.isArrayBuffer(object.buffer)) partial.add(object.buffer);
  });
  for (const buffer of each(listOf(whole))) {
    if (buffer.byteLength < LARGE || !types.isArrayBuffer(buffer) || isResizable(buffer)) continue;
    arrayPush(parts, new Uint8Array(buffer));
  }
  arrayForEach(bytes, (view) => {
    if (!ArrayBuffer.isView(view) || view.byteLength < LARGE) return;
    const { buffer, byteOffset, byteLength } = view;
    if (whole.has(buffer) || !types.isArrayBuffer(buffer)) return;
    numbers.set(view, parts.length);
    arrayPush(parts, new Uint8Array(buffer, byteOffset, byteLength));
  });
  return { whole, partial, parts, numbers };
}

function writeViews(writer: Serializer, { whole, partial, numbers }: Memory): void {
  const host = writer as unknown as ViewWriter;
  host[TREAT_VIEWS](true);
  host[WRITE_VIEW] = (view) => {
    if (!ArrayBuffer.isView(view) || isResizable(view.buffer)) throw new Error('atasker: not bytes');
    const type = arrayFindIndex(viewClasses, (viewClass) => view instanceof viewClass);
    if (type < 0) throw new Error('atasker: bytes of another realm');
    const { buffer, byteOffset, byteLength } = view;
    const number = numbers.get(view);
    const isOwn = partial.has(buffer) && !whole.has(buffer);
    writer.writeUint32(type);
    writer.writeUint32(!isOwn ? SHARED : number === undefined ? OWN : OWN_PART);
    writer.writeUint32(byteLength);
    if (number !== undefined) return writer.writeUint32(number);
    if (isOwn) return writer.writeRawBytes(new Uint8Array(buffer, byteOffset, byteLength));
    writer.writeUint32(byteOffset);
    writer.writeValue(buffer);
  };
}

/** Whether a buffer can grow, and views of it with it. Bytes have no way to express that. */
function isResizable(buffer: ArrayBufferLike): boolean {
  return (buffer as { readonly resizable?: boolean }).resizable === true;
}

/**
 * The bytes of a single view of memory that does not grow; null for anything else. No `Serializer` is used, because
 * making one costs more than copying 100 KB. The bytes are read as a value without marks (marks.ts).
 *
 * @param isItem whether the view is the only item of an array
 */
export function encodeView(view: unknown, isItem: boolean): Encoded | null {
  if (!types.isTypedArray(view) || view.byteLength === 0 || Object.getOwnPropertySymbols(view).length > 0) return null;
  const { buffer, byteOffset, byteLength } = view;
  if (!types.isArrayBuffer(buffer) || isResizable(buffer)) return null;
  const prototype: unknown = Object.getPrototypeOf(view);
  const isBuffer = prototype === Buffer.prototype;
  const type = isBuffer ? 0 : arrayFindIndex(viewClasses, (viewClass) => viewClass.prototype === prototype);
  if (type < 0) return null;
  const head = new Uint8Array(VIEW_HEAD);
  head[0] = type;
  head[1] = isBuffer ? 1 : 0;
  head[2] = isItem ? 1 : 0;
  const size = aligned(PREFIX + head.byteLength) + aligned(byteLength);
  return { head, parts: [new Uint8Array(buffer, byteOffset, byteLength)], size, isView: true };
}

/** Makes a single view on its memory, as its head says. */
function decodeView(head: Uint8Array, memory: ArrayBuffer): { value: unknown; marks: readonly never[] } {
  const type = viewClasses[head[0]!]!;
  const { BYTES_PER_ELEMENT = 1 } = type as { BYTES_PER_ELEMENT?: number };
  const view = head[1] === 1 ? Buffer.from(memory) : new type(memory, 0, memory.byteLength / BYTES_PER_ELEMENT);
  return { value: head[2] === 1 ? [view] : view, marks: [] };
}

/** Writes what `encode` or `encodeView` gave. The target must have `size` bytes. */
export function writeEncoded({ head, parts, isView }: Encoded, target: Uint8Array): void {
  const { byteLength } = head;
  const length = isView ? SINGLE + parts[0]!.byteLength : byteLength;
  for (let at = 0; at < PREFIX; at += 1) target[at] = (length >>> (8 * at)) & 0xff;
  copyBytes(target, head, PREFIX);
  let at = aligned(PREFIX + byteLength);
  for (const part of each(parts)) {
    copyBytes(target, part, at);
    at += aligned(part.byteLength);
  }
}

/** Reads a value from its bytes. Nothing in the value is a view of `source`. */
export function decode(source: Uint8Array): unknown {
  let at = PREFIX;
  const take = (length: number): Uint8Array => {
    if (at + length > source.byteLength) throw new Error('atasker: bytes are missing');
    const taken = new Uint8Array(source.buffer, source.byteOffset + at, length);
    at = aligned(at + length);
    return taken;
  };
  let length = 0;
  for (let place = PREFIX - 1; place >= 0; place -= 1) length = length * 256 + source[place]!;
  if (length >= SINGLE) return decodeView(take(VIEW_HEAD), copyOf(take(length - SINGLE)));
  return decodeHead(ownHead(take(length)), (size) => copyOf(take(size)));
}

/** Reads a value from its head and its parts, as they have come in a message. */
export function decodeSent({ head, parts, isView }: WireBytes): unknown {
  if (isView) return decodeView(head, ownMemory(parts[0]!));
  let at = 0;
  return decodeHead(head, () => ownMemory(parts[at++]!));
}

/** The memory of bytes, if it holds nothing else; else a copy of the bytes. */
function ownMemory(bytes: Uint8Array): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? (bytes.buffer as ArrayBuffer) : copyOf(bytes);
}

/**
 * Where heads of up to so many bytes are copied before they are read, because memory for each of them would keep the
 * garbage collector busy. Nothing in a value that was read is a view of it.
 */
const SCRATCH = 32_768;
let scratch: Uint8Array<ArrayBuffer> | null = null;

function ownHead(bytes: Uint8Array): Uint8Array {
  const { byteLength } = bytes;
  if (byteLength > SCRATCH) return new Uint8Array(copyOf(bytes));
  scratch ??= newBytes(SCRATCH);
  const head = new Uint8Array(scratch.buffer, 0, byteLength);
  copyBytes(head, bytes);
  return head;
}

/** Reads a value from its head. `next` gives the bytes of the next part, in memory of their own. */
function decodeHead(head: Uint8Array, next: (length: number) => ArrayBuffer): unknown {
  const reader = new Deserializer(head);
  reader.readHeader();
  const count = reader.readUint32();
  const parts: ArrayBuffer[] = [];
  for (let id = 0; id < count; id += 1) {
    const part = next(reader.readUint32());
    reader.transferArrayBuffer(id, part);
    arrayPush(parts, part);
  }
  (reader as unknown as ViewReader)[READ_VIEW] = () => readView(reader, parts);
  return reader.readValue();
}

function readView(reader: Deserializer, parts: readonly ArrayBuffer[]): View {
  const type = viewClasses[reader.readUint32()]!;
  const how = reader.readUint32();
  const byteLength = reader.readUint32();
  const { BYTES_PER_ELEMENT = 1 } = type as { BYTES_PER_ELEMENT?: number };
  const length = byteLength / BYTES_PER_ELEMENT;
  if (how === OWN) return new type(copyOf(reader.readRawBytes(byteLength)), 0, length);
  if (how === OWN_PART) return new type(parts[reader.readUint32()]!, 0, length);
  const byteOffset = reader.readUint32();
  return new type(reader.readValue() as ArrayBuffer, byteOffset, length);
}

/** A copy of bytes in memory that nobody else sees. */
export function copyOf(bytes: Uint8Array): ArrayBuffer {
  const copy = newBytes(bytes.byteLength);
  copyBytes(copy, bytes);
  return copy.buffer;
}

/**
 * A copy of a value in which no view sees more memory than it shows; null if no copy is needed, or none can be made.
 * Views keep sharing a buffer that is in the value as a whole, itself or as a view of all of it.
 */
export function ownBytes(value: unknown): unknown {
  const bytes = bytesIn(value);
  if (viewsToCut(bytes) === null) return null;
  const encoded = encode(value, bytes);
  if (encoded === null) return null;
  let at = 0;
  return decodeHead(encoded.head, () => copyOf(encoded.parts[at++]!));
}

/**
 * Does the same as `ownBytes` for a value that belongs to nobody else: its views are replaced in place. Gives the value
 * itself, unless the value is a view.
 */
export function ownBytesInPlace(value: unknown): unknown {
  const isOwn = viewsToCut(bytesIn(value));
  if (isOwn === null) return value;
  const copies = new Map<unknown, unknown>();
  const holders: Step[] = [];
  walk(value, (step) => {
    if (ArrayBuffer.isView(step.value) && isOwn(step.value)) copies.set(step.value, copyOfView(step.value));
    const isEntered = goesInto(step.kind);
    if (isEntered) arrayPush(holders, step);
    return isEntered;
  });
  arrayForEach(holders, (step) => replaceParts(step, copies));
  return copies.get(value) ?? value;
}

function copyOfView(view: View): View {
  const type = viewClasses[arrayFindIndex(viewClasses, (known) => view instanceof known)] ?? Uint8Array;
  const { BYTES_PER_ELEMENT = 1 } = type as { BYTES_PER_ELEMENT?: number };
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return new type(copyOf(bytes), 0, view.byteLength / BYTES_PER_ELEMENT);
}

function bytesIn(value: unknown): object[] {
  const bytes: object[] = [];
  walk(value, (step) => {
    if (isBytes(step.kind)) arrayPush(bytes, step.value);
    return goesInto(step.kind);
  });
  return bytes;
}

/** Gives a test for the views that need a buffer of their own; null if no view does. */
function viewsToCut(bytes: readonly object[]): ((view: View) => boolean) | null {
  const { whole, partial } = memoryOf(bytes);
  const isOwn = ({ buffer }: View): boolean => partial.has(buffer) && !whole.has(buffer);
  return arraySome(listOf(partial), (buffer) => !whole.has(buffer)) ? isOwn : null;
}

function isWhole(view: View): boolean {
  return view.byteLength === view.buffer.byteLength;
}
