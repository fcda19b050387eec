import { copyNamespace } from '../platform/copies.ts';
import { process } from '../platform/node.ts';

/**
 * What is used of `node:util`. An import would make Node.js 22 and later read all that the module exports, and one
 * of its getters opens a stream of the process.
 */
const util = process.getBuiltinModule('node:util');

export const { debuglog, inspect } = util;
export const types = copyNamespace(util.types);
