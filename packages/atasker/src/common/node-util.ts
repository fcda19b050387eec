import { copyNamespace } from '../platform/copies.ts';
import { process } from '../platform/node.ts';

/**
 * The parts of `node:util` that the library uses. With an import, Node.js 22 and later would read all exports of the
 * module, and one of its getters opens a stream of the process.
 */
const util = process.getBuiltinModule('node:util');

export const { debuglog, inspect } = util;
export const types = copyNamespace(util.types);
