import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import ts from 'typescript-5';
import { packageFolder } from '../support/program.ts';

const source = `${packageFolder}src/`;

/** The command line runs no tasks of others in its own thread, and the contract of the tests is itself a user. */
const USES_GLOBALS = /^(platform|pool\/channels\/boot|cli|testing)\//;

/**
 * The types whose methods may be called as methods: code that replaces a method of a prototype or a module cannot replace
 * it on these objects.
 */
const HAVE_THEIR_OWN_METHODS = new Set(
  [
    // The classes of platform/primordials.ts, whose prototypes no other code can reach
    ['Map', 'ReadonlyMap', 'Set', 'ReadonlySet', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry'],
    ['AsyncLocalStorage', 'Serializer', 'Deserializer'],
    // Copies of objects with static functions: `Object.keys`, `Promise.resolve`, `Math.max`, `types.isProxy`
    ['Atomics', 'Intl', 'JSON', 'Math', 'Reflect', 'Performance', 'util/types', 'Process', 'Console'],
    // What platform/node.ts has taken over, or has bound to `process`
    ['Worker', 'MessagePort', 'ChildProcess', 'Socket', 'Readable', 'Writable', 'EventEmitter'],
    // What belongs to the user: its methods are meant to be theirs
    ['Iterator', 'AsyncIterator', 'PromiseLike', 'EventTarget', 'ClassMethodDecoratorContext', 'Channel'],
    // The engine makes the call sites, and the loader of modules is made at the call
    ['CallSite', 'Module', 'Require'],
  ].flat(),
);

interface Finding {
  readonly rule: string;
  readonly place: string;
}

/** Looks at the files as a program, so that the types of receivers are known. */
function findings(texts: ReadonlyMap<string, string> = new Map()): Finding[] {
  const config = ts.readConfigFile(`${packageFolder}tsconfig.json`, (path) => ts.sys.readFile(path));
  const { options, fileNames } = ts.parseJsonConfigFileContent(config.config, ts.sys, packageFolder);
  const names = fileNames.filter((name) => name.startsWith(source));
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  const program = ts.createProgram([...names, ...texts.keys()], { ...options, noEmit: true }, host);
  const found: Finding[] = [];
  for (const file of program.getSourceFiles()) {
    const path = file.fileName.slice(source.length);
    if (!file.fileName.startsWith(source) || USES_GLOBALS.test(path)) continue;
    look(file, program.getTypeChecker(), (rule, node) => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push({ rule, place: `${path}:${line + 1} ${node.getText()}` });
    });
  }
  return found;
}

function look(file: ts.SourceFile, checker: ts.TypeChecker, tell: (rule: string, node: ts.Node) => void): void {
  const visit = (node: ts.Node, isInFunction: boolean): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const owner = builtInOwner(checker.getSymbolAtLocation(node.expression.name));
      if (owner !== null && !owner.endsWith('Constructor') && !HAVE_THEIR_OWN_METHODS.has(owner)) {
        tell(`a method of ${owner} is called on the object`, node.expression);
      }
    }
    if (isInFunction && ts.isForOfStatement(node) && isArray(checker, node.expression)) {
      tell('an array is iterated', node.expression);
    }
    if (
      ts.isClassLike(node) &&
      isExtended(node) &&
      !node.members.some((member) => ts.isConstructorDeclaration(member))
    ) {
      tell('a constructor that the language makes iterates its arguments', node.name ?? node);
    }
    if (isInFunction && ts.isSpreadElement(node)) tell('an array is spread', node);
    if (isInFunction && ts.isArrayBindingPattern(node)) tell('an array is taken apart', node);
    const entersFunction = ts.isFunctionLike(node) || ts.isClassLike(node);
    ts.forEachChild(node, (child) => visit(child, isInFunction || entersFunction));
  };
  visit(file, false);
}

function isExtended({ heritageClauses = [] as never }: ts.ClassLikeDeclaration): boolean {
  return heritageClauses.some(({ token }) => token === ts.SyntaxKind.ExtendsKeyword);
}

/** The name of the interface of the language or of Node.js that declares a method; null if it is declared by us. */
function builtInOwner(symbol: ts.Symbol | undefined): string | null {
  const declarations = symbol?.declarations ?? [];
  if (declarations.length === 0 || !declarations.every((declaration) => isBuiltIn(declaration))) return null;
  const { parent } = declarations[0]!;
  const named = 'name' in parent ? parent : parent.parent;
  return ((named as ts.NamedDeclaration).name as ts.Identifier | undefined)?.text ?? 'a type without a name';
}

function isBuiltIn(declaration: ts.Declaration): boolean {
  const { fileName } = declaration.getSourceFile();
  return /\/lib\.[\w.]+\.d\.ts$/.test(fileName) || fileName.includes('/@types/node/');
}

function isArray(checker: ts.TypeChecker, expression: ts.Expression): boolean {
  const type = checker.getTypeAtLocation(expression);
  return checker.isArrayLikeType(type);
}

const BAD = `
class Bad extends Map<string, string> {}
export function bad(list: string[], text: string, promise: Promise<unknown>, bytes: Uint8Array): unknown {
  for (const item of list) list.push(item);
  const [first] = list;
  void promise.then(() => text.trim());
  /a/.test(text);
  bytes.set([...list].map(Number));
  return [first, new Bad()];
}
`;

describe('the source of the library', () => {
  let inLibrary: readonly Finding[];
  let inBad: readonly Finding[];
  before(() => {
    const path = `${source}bad.ts`;
    const all = findings(new Map([[path, BAD]]));
    inBad = all.filter(({ place }) => place.startsWith('bad.ts'));
    inLibrary = all.filter(({ place }) => !place.startsWith('bad.ts'));
  });

  test('calls no built-in method that other code can replace, and uses no array iterator', () => {
    assert.deepEqual(inLibrary, []);
  });

  test('is checked by rules that find each forbidden construct', () => {
    assert.deepEqual(inBad.map(({ rule }) => rule).toSorted(), [
      'a constructor that the language makes iterates its arguments',
      'a method of Array is called on the object',
      'a method of Array is called on the object',
      'a method of Promise is called on the object',
      'a method of RegExp is called on the object',
      'a method of String is called on the object',
      'a method of Uint8Array is called on the object',
      'an array is iterated',
      'an array is spread',
      'an array is taken apart',
    ]);
  });
});
