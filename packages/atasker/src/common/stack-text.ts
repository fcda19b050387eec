import { arrayMap, arrayPush, each, pattern, stringSplit, stringStartsWith } from '../platform/methods.ts';
import { Number } from '../platform/primordials.ts';

/** The methods of V8's call sites that the library uses; other engines lack some of them. */
export interface CallSite extends Pick<
  NodeJS.CallSite,
  'getFileName' | 'getFunctionName' | 'getLineNumber' | 'getFunction' | 'getScriptNameOrSourceURL' | 'isEval'
> {
  isAsync?(): boolean;
  getEnclosingLineNumber?(): number | null;
  getEnclosingColumnNumber?(): number | null;
  toString(): string;
}

/** `at name (file:line:column)`, or the same without a name. */
const FRAME = pattern(/^\s*at (?:async )?(?:(.+?) \()?(.+?):(\d+):\d+\)?$/);

interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/**
 * Call sites made from the text of a stack, for programs where `Error` is frozen and V8 cannot be asked for call sites.
 * A frame counts as module code if its caller is the module loader of Node.js.
 */
export function sitesOfText(stack: string): CallSite[] {
  const frames: Frame[] = [];
  for (const line of each(stringSplit(stack, '\n'))) {
    const found = FRAME.exec(line);
    if (found !== null) arrayPush(frames, { name: found[1] ?? '', file: found[2]!, line: Number(found[3]) });
  }
  return arrayMap(frames, (frame, index) => siteOf(frame, frames[index + 1]));
}

function siteOf({ name, file, line }: Frame, below: Frame | undefined): CallSite {
  const isByLoader = below === undefined || stringStartsWith(below.file, 'node:internal/modules/');
  const isModule = isByLoader && (name === '' || name === 'Object.<anonymous>');
  const begin = isModule ? 1 : line + 1;
  return {
    getFileName: () => file,
    getFunctionName: () => (isModule ? '' : name),
    getLineNumber: () => line,
    getEnclosingLineNumber: () => begin,
    getEnclosingColumnNumber: () => begin,
    getFunction: () => undefined,
    getScriptNameOrSourceURL: () => file,
    isAsync: () => false,
    isEval: () => false,
    toString: () => `${name} (${file}:${line})`,
  };
}
