import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageFolder } from './support/program.ts';

interface Shipping {
  readonly file: string;
  readonly folder: string;
  readonly ships: ReadonlySet<string>;
  readonly address: string;
}

const scripts = pathToFileURL(join(packageFolder, '../../scripts/'));
const { shippedText } = (await import(new URL('ship-documents.mjs', scripts).href)) as {
  shippedText: (text: string, shipping: Shipping) => string;
};
const { addressFields } = (await import(new URL('public-address.mjs', scripts).href)) as {
  addressFields: (address: string, folder: string) => Record<string, unknown>;
};

const folder = 'packages/atasker';
const ships = new Set(['README.md', 'docs/tasks.md', 'docs/bar.svg', 'packages/atasker/CHANGELOG.md']);
const shipped = (text: string, file: string, address = ''): string =>
  shippedText(text, { file, folder, ships, address });
const address = 'https://example.org/atasker';

describe('the documents in the package, while the repository has no public address:', () => {
  test('a link to what ships leads there, also from its place in the package', () => {
    const text = '[a](docs/tasks.md#values) ![b](docs/bar.svg) [c](packages/atasker/CHANGELOG.md)';
    assert.equal(shipped(text, 'README.md'), '[a](docs/tasks.md#values) ![b](docs/bar.svg) [c](CHANGELOG.md)');
    const page = '[a](tasks.md) [b](../README.md) [c](../packages/atasker/CHANGELOG.md)';
    assert.equal(shipped(page, 'docs/other.md'), '[a](tasks.md) [b](../README.md) [c](../CHANGELOG.md)');
  });

  test('a link to what does not ship is text', () => {
    assert.equal(shipped('see [`judge.ts`](../bench/judge.ts#L1).', 'docs/faults.md'), 'see `judge.ts`.');
  });

  test('links to the web and within the page stay, and code', () => {
    const text = '[a](https://example.org/x.md) [b](#values) `texts[0](1)`\n```ts\ntexts[0](1);\n```\n';
    assert.equal(shipped(text, 'README.md'), text);
  });

  test('nothing is invented: no field names an address', () => assert.deepEqual(addressFields('', folder), {}));
});

describe('the documents in the package, once there is an address:', () => {
  test('the README, which npm shows without the other files, has whole links', () => {
    assert.equal(
      shipped('[a](docs/tasks.md#values) ![b](docs/bar.svg) [c](CONTRIBUTING.md)', 'README.md', address),
      `[a](${address}/blob/main/docs/tasks.md#values) ![b](${address}/raw/main/docs/bar.svg) [c](${address}/blob/main/CONTRIBUTING.md)`,
    );
  });

  test('other documents have them where a file does not ship', () => {
    const text = '[a](tasks.md) [b](../bench/judge.ts)';
    assert.equal(shipped(text, 'docs/faults.md', address), `[a](tasks.md) [b](${address}/blob/main/bench/judge.ts)`);
  });

  test('package.json names it', () => {
    assert.deepEqual(addressFields(address, folder), {
      homepage: `${address}#readme`,
      bugs: `${address}/issues`,
      repository: { type: 'git', url: `git+${address}.git`, directory: folder },
    });
  });
});
