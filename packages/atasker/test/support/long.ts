/** Whether the tests of races take minutes instead of seconds: `npm run test:races`, and what `.ci/run` calls. */
export const isLong = process.env['ATASKER_TEST_RACES'] === 'all';
