import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt } from '../checker/check.ts';
import { chaos, type ChaosPlan, type ChaosResult } from './chaos.ts';

const PLAN: ChaosPlan = { seed: 1, tasks: 400, level: 'store', fault: null, killSubmitters: false };

function report({ history, violations }: ChaosResult): string {
  const lines = violations.slice(0, 3).map(({ rule, message, id }) => {
    return [`${rule}: ${message}`, ...(id === null ? [] : excerpt(history, id))].join('\n');
  });
  return lines.join('\n\n');
}

test('nodes and submitters as users run them keep all promises while nodes are killed, stopped and blocked', async () => {
  assert.equal(report(await chaos({ ...PLAN, level: 'cluster' })), '');
});

test('and also while submitters are killed, whose tasks another program looks up', async () => {
  assert.equal(report(await chaos({ ...PLAN, seed: 2, level: 'cluster', killSubmitters: true })), '');
});

test('programs that only have a store keep all promises while some are killed, stopped and blocked', async () => {
  assert.equal(report(await chaos(PLAN)), '');
});

test('and also while those that add the tasks are killed', async () => {
  assert.equal(report(await chaos({ ...PLAN, seed: 2, killSubmitters: true })), '');
});

test('a fault in the stores of the nodes is found', async () => {
  const { violations } = await chaos({ ...PLAN, fault: 'the less urgent tasks are claimed first' });
  assert.ok(violations.some(({ rule }) => rule.startsWith('a node gets the most urgent tasks first')));
});
