/**
 * What is used of `node:util`. An import would make Node.js 22 and later read all that the module exports, and one
 * of its getters opens a stream of the process.
 */
export const { debuglog, inspect, types } = process.getBuiltinModule('node:util');
