import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DefaultSerializer } from 'node:v8';
import * as fc from 'fast-check';
import { encodeMessage, MessageReader } from '../../../../src/pool/channels/boot/framing.ts';
import '../../../support/leaks.ts';

const CLASSES = [
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
] as const;

/** Sizes below and above the one from which on the bytes of a view follow their message. */
const SIZES = [0, 8, 4_088, 4_096, 4_104, 70_000];

function viewOf(type: (typeof CLASSES)[number], size: number): ArrayBufferView {
  const bytes = Uint8Array.from({ length: size }, (_, at) => at % 251);
  return new type(bytes.buffer);
}

/** What a reader makes of these bytes if they come in chunks of these lengths, one after the other. */
function read(bytes: Uint8Array, lengths: readonly number[]): unknown[] {
  const messages: unknown[] = [];
  const reader = new MessageReader((message) => messages.push(message));
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    reader.add(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  return messages;
}

/** A message of Uint8Arrays that says these sizes, without their bytes. */
function forged(...sizes: number[]): Buffer {
  const serializer = new DefaultSerializer();
  let at = 0;
  Object.assign(serializer, {
    _writeHostObject: () => {
      serializer.writeUint32(2);
      serializer.writeUint32(sizes[at++]!);
    },
  });
  serializer.writeHeader();
  serializer.writeValue(sizes.map(() => new Uint8Array(1)));
  const body = serializer.releaseBuffer();
  const header = Buffer.from(encodeMessage(0)[0]!.subarray(0, 8));
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

describe('messages on the socket of a process:', () => {
  for (const type of CLASSES) {
    test(`a ${type.name} of any size comes back equal`, () => {
      const views = SIZES.map((size) => viewOf(type, size));
      const [back] = read(Buffer.concat(encodeMessage(views)), [65_536]) as [typeof views];
      assert.deepEqual(back, views);
    });
  }

  test('a Buffer comes back as a Buffer, and shows no more than its own bytes', () => {
    for (const size of SIZES) {
      const buffer = Buffer.from(new Uint8Array(size + 100).fill(7).buffer, 50, size);
      const [back] = read(Buffer.concat(encodeMessage(buffer)), [65_536]) as [Buffer];
      assert.ok(Buffer.isBuffer(back));
      assert.deepEqual(back, buffer);
      if (size >= 4_096) assert.equal(back.buffer.byteLength, size);
    }
  });

  test('an instance of a class that extends Uint8Array comes back as bytes, at any size', () => {
    class Own extends Uint8Array {}
    for (const size of SIZES) {
      const [back] = read(Buffer.concat(encodeMessage(new Own(size).fill(3))), [65_536]) as [Uint8Array];
      assert.deepEqual([...back], [...new Uint8Array(size).fill(3)]);
    }
  });

  test('messages come back in order, in whatever pieces their bytes come', () => {
    const part = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.constantFrom(...SIZES).map((size) => Buffer.alloc(size, size % 7)),
    );
    const message = fc.array(part, { maxLength: 4 });
    const lengths = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70_000 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), lengths, (messages, pieces) => {
        const bytes = Buffer.concat(messages.flatMap((value) => encodeMessage(value)));
        const most = Math.max(1, Math.ceil(bytes.length / 2_000)); // no more than so many pieces
        assert.deepEqual(
          read(
            bytes,
            pieces.map((length) => Math.max(length, most)),
          ),
          messages,
        );
      }),
      { numRuns: 300 },
    );
  });

  test('what is changed after a message was made is not in it, unless the sender says that nothing is', () => {
    for (const isKept of [false, true]) {
      const buffer = Buffer.alloc(8_192, 1);
      const message = encodeMessage({ buffer }, isKept);
      buffer.fill(2);
      const [{ buffer: back }] = read(Buffer.concat(message), [65_536]) as [{ buffer: Buffer }];
      assert.equal(back[0], isKept ? 2 : 1);
    }
  });

  test('a message that is too long for a process is refused', () => {
    const views = Array.from({ length: 3 }, () => new Uint8Array(2 ** 30));
    assert.throws(() => encodeMessage(views, true), /a message of \d+ bytes is too long for a process/);
  });

  test('no memory is taken for large views that are too much for a message', () => {
    assert.throws(() => read(forged(2 ** 30, 2 ** 30), [65_536]), /a message that no process sends/);
    assert.throws(() => read(forged(2 ** 32 - 1), [65_536]), /a message that no process sends/);
    assert.deepEqual(read(forged(5_000), [65_536]), []); // its bytes may still come
  });

  test('bytes that are not a message are refused, also right behind one', () => {
    const bytes = Buffer.concat([...encodeMessage([Buffer.alloc(5_000), 1]), Buffer.from('no message')]);
    assert.throws(() => read(bytes, [bytes.length]), /bytes that are not a message/);
    assert.throws(() => read(bytes, [7]), /bytes that are not a message/);
  });
});
