import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from './support/documents.ts';

interface ApiPage {
  readonly text: string;
  readonly problems: readonly string[];
}

const script = pathToFileURL(join(root, 'scripts/api-page.mjs')).href;
const { apiPage } = (await import(script)) as { apiPage: () => ApiPage };

describe('the page with every public name:', () => {
  const { text, problems } = apiPage();

  test('is what the declarations say: npm run docs:api writes it', () => {
    assert.equal(readFileSync(join(root, 'docs/api.md'), 'utf8'), text);
  });

  test('each name and member has a docstring, each option a default, each error its code, and each code a place', () => {
    assert.deepEqual(problems, []);
  });

  test('has every name that can be imported', async () => {
    for (const entry of ['atasker', 'atasker/testing']) {
      const names = Object.keys((await import(entry)) as object).filter((name) => !/^(set)?inlineMode$/i.test(name));
      assert.ok(names.length > 2);
      for (const name of names) assert.ok(text.includes(`### \`${name}\`\n`), `${name} of ${entry}`);
    }
  });
});
