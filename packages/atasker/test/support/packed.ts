import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageFolder } from './program.ts';

/** The package as npm would publish it. The first test file that asks packs it, once for each build. */
function packedPackage(): string {
  const tarball = join(packageFolder, 'build/atasker.tgz');
  if (existsSync(tarball)) return tarball;
  const folder = mkdtempSync(join(packageFolder, 'build/packing-'));
  const [{ filename }] = JSON.parse(npm(folder, 'pack', packageFolder, '--json', '--ignore-scripts')) as [
    { filename: string },
  ];
  renameSync(join(folder, filename), tarball); // another test file may have been faster: it made the same
  rmSync(folder, { recursive: true });
  return tarball;
}

/** Installs the package from its tarball into the project in a folder, with its dependencies. */
export function installPackage(folder: string): void {
  npm(folder, 'install', packedPackage(), '--prefer-offline', '--no-audit', '--no-fund');
}

/** The environment of a shell in which `node` is the runtime that runs this test. */
export function newcomersEnv(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
  const ours = Object.keys(env).filter((name) => /^(npm_|ATASKER_|INIT_CWD)/.test(name));
  for (const name of ours) delete env[name];
  return { ...env, PATH: `${dirname(process.execPath)}:${env['PATH']}` };
}

function npm(cwd: string, ...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: newcomersEnv() });
}
