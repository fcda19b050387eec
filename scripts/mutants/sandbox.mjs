// A copy of the package in which sources are replaced, without harm to the checkout.

import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transformSync } from 'esbuild';
import { keepBuiltins } from '../keep-builtins.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'packages/atasker/package.json'), 'utf8'));

export class Sandbox {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'atasker-mutants-'));
    chmodSync(this.root, 0o755); // one test runs programs as another user
    this.folder = join(this.root, 'packages/atasker');
    mkdirSync(join(this.root, 'packages'));
    for (const name of ['package.json', 'tsconfig.base.json', 'scripts', 'docs', 'README.md', 'packages/atasker'])
      cpSync(join(root, name), join(this.root, name), {
        recursive: true,
        filter: (path) => !path.includes('node_modules'),
      });
    symlinkSync(join(root, 'node_modules'), join(this.root, 'node_modules'));
    const own = join(root, 'packages/atasker/node_modules');
    if (existsSync(own)) symlinkSync(own, join(this.folder, 'node_modules'));
  }

  /** Builds with other texts of some sources, by their path below the package: dist/index.js, and build/src. */
  async write(texts) {
    const entry = join(this.folder, 'src/index.ts');
    const replaced = (path) => texts.get(relative(this.folder, path));
    const plugin = {
      name: 'replaced',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.ts$/ }, ({ path }) => {
          const contents = replaced(path);
          return contents === undefined ? undefined : { contents, loader: 'ts' };
        }),
    };
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: this.folder,
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      external: [manifest.name, ...Object.keys(manifest.dependencies), 'file:*'],
      plugins: [plugin],
      logLevel: 'silent',
    });
    writeFileSync(join(this.folder, 'dist/index.js'), keepBuiltins(outputFiles[0].text));
    for (const [path, text] of texts) writeFileSync(this.#built(path), compiled(text));
  }

  /** Puts the sources of the checkout back into build/src. */
  restore(paths) {
    for (const path of paths) {
      const target = this.#built(path);
      cpSync(join(root, relative(this.root, target)), target);
    }
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }

  #built(path) {
    return join(this.folder, 'build', path.replace(/\.ts$/, '.js'));
  }
}

function compiled(text) {
  const { code } = transformSync(text, { loader: 'ts', target: 'node20.19', format: 'esm' });
  return code.replace(/((?:from|import)\s*\(?\s*["']\.[^"']*)\.ts(["'])/g, '$1.js$2');
}
