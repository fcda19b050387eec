// What may be changed in a source file: each mutation replaces one stretch of its text by another.

import { createRequire } from 'node:module';

const ts = createRequire(new URL('../../packages/atasker/package.json', import.meta.url))('typescript-5');
const { SyntaxKind } = ts;

const OPPOSITES = new Map([
  [SyntaxKind.AmpersandAmpersandToken, '||'],
  [SyntaxKind.BarBarToken, '&&'],
  [SyntaxKind.LessThanToken, '<='],
  [SyntaxKind.LessThanEqualsToken, '<'],
  [SyntaxKind.GreaterThanToken, '>='],
  [SyntaxKind.GreaterThanEqualsToken, '>'],
  [SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [SyntaxKind.PlusEqualsToken, '-='],
  [SyntaxKind.MinusEqualsToken, '+='],
]);

/** All functions with a body, and all mutations, each with the number of the innermost function around it. */
export function analyse(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const functions = [];
  const mutations = [];
  const add = (owner, operator, node, replacement) => {
    const start = node.getStart(source);
    const { line, character } = source.getLineAndCharacterOfPosition(start);
    const id = `${file}:${line + 1}:${character + 1}:${operator}`;
    if (owner !== null)
      mutations.push({ id, file, line: line + 1, operator, owner, start, end: node.end, replacement });
  };
  const visit = (node, owner) => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    let inside = owner;
    if (ts.isFunctionLike(node) && node.body !== undefined) {
      inside = functions.length;
      functions.push({ start: node.body.getStart(source), end: node.body.end, isExpression: !ts.isBlock(node.body) });
    }
    for (const [operator, target, replacement] of mutationsOf(node, source)) add(inside, operator, target, replacement);
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  visit(source, null);
  return { functions, mutations };
}

function* mutationsOf(node, source) {
  const text = (part) => part.getText(source);
  if (ts.isIfStatement(node) || ts.isWhileStatement(node))
    yield ['negate', node.expression, `!(${text(node.expression)})`];
  if (ts.isConditionalExpression(node)) yield ['negate', node.condition, `!(${text(node.condition)})`];
  if (ts.isBinaryExpression(node)) yield* binary(node, text);
  if (ts.isExpressionStatement(node) && isEffect(node.expression)) yield ['drop', node, ';'];
  if (ts.isTryStatement(node) && node.finallyBlock !== undefined) yield ['drop-finally', node.finallyBlock, '{}'];
  if (ts.isReturnStatement(node) && node.expression !== undefined) {
    if (node.expression.kind === SyntaxKind.TrueKeyword) yield ['flip', node.expression, 'false'];
    if (node.expression.kind === SyntaxKind.FalseKeyword) yield ['flip', node.expression, 'true'];
  }
  if (ts.isCallExpression(node) && node.arguments.length === 2) {
    const [first, second] = node.arguments.map(text);
    if (first !== second && !node.arguments.some(ts.isFunctionLike))
      yield ['swap-arguments', node, `${text(node.expression)}(${second}, ${first})`];
  }
  if (ts.isBlock(node)) yield* neighbours(node, text, source);
}

function* binary(node, text) {
  const { left, operatorToken, right } = node;
  const opposite = OPPOSITES.get(operatorToken.kind);
  if (opposite !== undefined)
    yield ['opposite', node, `(${text(left)}) ${opposite} (${text(right)})`.replace(/^\((\S+)\) ([+-]=)/, '$1 $2')];
  const isSum = operatorToken.kind === SyntaxKind.PlusToken || operatorToken.kind === SyntaxKind.MinusToken;
  if (isSum && ts.isNumericLiteral(right)) yield ['off-by-one', node, text(left)];
}

/** Two calls in a row, the other way round. */
function* neighbours({ statements }, text, source) {
  for (let at = 1; at < statements.length; at += 1) {
    const [first, second] = [statements[at - 1], statements[at]];
    const areCalls = [first, second].every((one) => ts.isExpressionStatement(one) && isCall(one.expression));
    if (!areCalls) continue;
    const both = { getStart: () => first.getStart(source), end: second.end };
    yield ['swap-statements', both, `${text(second)} ${text(first)}`];
  }
}

const isCall = (node) =>
  ts.isCallExpression(ts.isVoidExpression(node) || ts.isAwaitExpression(node) ? node.expression : node);

/** A statement that does something, except a call of `super`. */
function isEffect(node) {
  if (isCall(node)) return node.expression?.kind !== SyntaxKind.SuperKeyword;
  return ts.isBinaryExpression(node) || ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node);
}
