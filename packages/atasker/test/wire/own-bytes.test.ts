import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode, encode, ownBytes, writeEncoded } from '../../src/wire/bytes.ts';
import { ByteCount } from '../../src/wire/refused.ts';
import { replaceParts, type Kind, type Step } from '../../src/wire/walk.ts';
import { viewClasses } from '../../src/platform/primordials.ts';

/** A view of 16 bytes in the middle of a block that others use too. */
function viewIn(type: (typeof viewClasses)[number]): ArrayBufferView {
  const block = new ArrayBuffer(8_192);
  new Uint8Array(block).fill(7);
  const { BYTES_PER_ELEMENT = 1 } = type as { BYTES_PER_ELEMENT?: number };
  return new type(block, 64, 16 / BYTES_PER_ELEMENT);
}

describe('ownBytes', () => {
  for (const type of viewClasses) {
    test(`copies only the bytes that a ${type.name} shows, anywhere in a value`, () => {
      const view = viewIn(type);
      const copy = ownBytes({ list: [view], map: new Map([[view, 1]]), error: 1 }) as { list: ArrayBufferView[] };
      const [own] = copy.list;
      assert.equal(own!.constructor, type);
      assert.equal(own!.byteLength, 16);
      assert.equal(own!.buffer.byteLength, 16);
      assert.deepEqual(new Uint8Array(own!.buffer), new Uint8Array(16).fill(7));
      assert.deepEqual([...(copy as unknown as { map: Map<unknown, unknown> }).map.keys()], [own]);
    });
  }

  test('makes no copy when each view shows its whole buffer, or shared memory', () => {
    assert.equal(ownBytes([new Uint8Array(8), new ArrayBuffer(8), 'x']), null);
    assert.equal(ownBytes(new Uint8Array(new SharedArrayBuffer(8), 0, 4)), null);
  });

  test('lets views share a buffer that is itself part of the value', () => {
    const buffer = new ArrayBuffer(8);
    assert.equal(ownBytes([buffer, new Uint8Array(buffer, 0, 4)]), null);
    const other = Buffer.from('seven b');
    const [kept, head, own] = ownBytes([buffer, new Uint8Array(buffer, 0, 4), other]) as [
      ArrayBuffer,
      Uint8Array,
      Uint8Array,
    ];
    assert.equal(head.buffer, kept);
    assert.equal(own.buffer.byteLength, 7);
  });
});

test('a decoded value is a copy of the bytes, not a view of them', () => {
  const value = { small: new Uint8Array(10), big: new Float64Array(10_000).fill(0.5), text: 'x', when: new Date(0) };
  const encoded = encode(value, [value.small.buffer, value.big.buffer])!;
  const memory = new Uint8Array(new SharedArrayBuffer(2 ** 17), 8, encoded.size);
  writeEncoded(encoded, memory);
  const read = decode(memory) as typeof value;
  memory.fill(1);
  assert.deepEqual(read, value);
  assert.ok(read.small.buffer instanceof ArrayBuffer && read.small.buffer.byteLength === 10);
});

test('bytes that make no sense are refused', () => {
  for (const bytes of [[], [255, 255, 255, 127], [4, 0, 0, 0, 255, 15, 200, 200], [1, 0, 0, 0, 0]]) {
    assert.throws(() => decode(Uint8Array.from(bytes)));
  }
});

test('more bytes than a process can receive at once are refused, with path and size in the error', () => {
  const root: Step = { value: [], kind: 'array', from: null, key: '', depth: 0 };
  const large = (key: number): Step => ({
    value: { byteLength: 2 ** 30 },
    kind: 'bytes',
    from: root,
    key,
    depth: 1,
  });
  const crossing = { direction: 'args', root: 'arguments', boundary: 'process' } as const;
  const count = new ByteCount();
  count.add(large(0), crossing);
  const path = 'arguments[1]';
  assert.throws(() => count.add(large(1), crossing), { code: 'ERR_TASK_CLONE', path, message: /2147483648 bytes/ });
  count.add(large(1), { ...crossing, boundary: 'thread' });
});

describe('on a runtime that cannot serialize views, other views replace them', () => {
  const [old, other] = [new Uint8Array(1), new Uint8Array(2)];
  const replaced = <T extends object>(value: T, kind: Kind): T => {
    replaceParts({ value, kind, from: null, key: '', depth: 0 }, new Map([[old, other]]));
    return value;
  };

  test('in an object and an array', () => {
    assert.deepEqual(replaced({ old, kept: 1 }, 'plain'), { old: other, kept: 1 });
    assert.deepEqual(replaced([1, old], 'array'), [1, other]);
  });

  test('in a map and a set, in their order', () => {
    const map = replaced(
      new Map<unknown, unknown>([
        [old, 1],
        ['x', old],
        ['y', 2],
      ]),
      'map',
    );
    assert.deepEqual(
      [...map],
      [
        [other, 1],
        ['x', other],
        ['y', 2],
      ],
    );
    assert.deepEqual([...replaced(new Set<unknown>([1, old, 2]), 'set')], [1, other, 2]);
  });
});
