import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before } from 'node:test';
import { fixtures, packageFolder, runNode } from './program.ts';
import { assertFine, row, type Expected, type RowOptions } from './row.ts';
import { types } from './runtime.ts';

export const loading = `${fixtures}loading/`;

/** Each program is really started; the test checks only its output and how it ends. */
export interface Program extends Expected {
  readonly file: string;
  readonly shows: string;
  readonly except?: RowOptions['except'];
  /** Each of its calls is made once, because it takes long, or because it reports something once in each pool. */
  readonly isSlow?: true;
}

/** A row for each program, with each task type, where each call is made many times in pools of four members. */
export function rowsInFour(folder: string, programs: readonly Program[]): void {
  before(() => types.forEach((tt) => makePrograms(folder, tt)));
  for (const program of programs) {
    const run = async (): Promise<void> => {
      const env = program.isSlow ? { CALLS: 'once' } : {};
      for (const tt of types) assertFine(await runNode([folderOf(folder, tt) + program.file], { env }), program);
    };
    row(program.shows, run, { except: program.except });
  }
}

const folderOf = (name: string, tt: string): string => join(packageFolder, `build/loading-${name}-${tt}/`);

function makePrograms(name: string, tt: string): void {
  const folder = folderOf(name, tt);
  rmSync(folder, { recursive: true, force: true });
  cpSync(loading, folder, { recursive: true });
  for (const file of readdirSync(folder)) {
    const face = file.endsWith('.cjs') ? './in-four.cjs' : './in-four.mjs';
    const source = readFileSync(folder + file, 'utf8');
    writeFileSync(folder + file, source.replace(/(?<=from |require\()'atasker'/, `'${face}'`));
  }
  writeFileSync(
    `${folder}in-four.mjs`,
    `import * as atasker from 'atasker';
import { faceOf } from '../../test/fixtures/support/face.cjs';
export * from 'atasker';
export const { backgroundTask } = faceOf(atasker, '${tt}');\n`,
  );
  writeFileSync(
    `${folder}in-four.cjs`,
    `const atasker = require('atasker');
const { faceOf } = require('../../test/fixtures/support/face.cjs');
module.exports = { ...atasker, ...faceOf(atasker, '${tt}') };\n`,
  );
}
