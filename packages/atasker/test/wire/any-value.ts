import * as fc from 'fast-check';

/** Any value that crosses. */
export const anyValue = fc.oneof(
  fc.date({ noInvalidDate: true }), // two invalid ones are not equal
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom<unknown>(-0, Number.NaN, undefined, null, Infinity, '\ud800'),
  fc.constantFrom('{"__proto__": {"x": 1}}').map((json) => JSON.parse(json) as unknown),
);
