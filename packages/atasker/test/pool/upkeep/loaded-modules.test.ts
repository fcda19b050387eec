import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoadedModules } from '../../../src/pool/upkeep/loaded-modules.ts';

test('modules that a member loaded ahead are not loaded ahead again if it ended before it ran anything', () => {
  const modules = new LoadedModules();
  for (const name of ['a', 'b', 'c']) modules.completed(name);
  modules.distrust({ hasRun: true, preloaded: ['a', 'b'] });
  assert.deepEqual(modules.latest, ['a', 'b', 'c']);
  modules.distrust({ hasRun: false, preloaded: ['a', 'b'] });
  assert.deepEqual(modules.latest, ['c']);
  modules.completed('a');
  assert.deepEqual(modules.latest, ['c', 'a']);
});
