import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { atasker } from './command.ts';

/** The message for each wrong command line. The command runs nothing and exits with 2. */
const wrongUses: readonly (readonly [string, RegExp])[] = [
  ['', /^no command; commands are map and run/],
  ['mop tasks.js#double 1', /^unknown command mop; commands are map and run/],
  ['--threads 2 map tasks.js#double 1', /^unknown command --threads; commands are map and run/],
  ['map', /TASK/],
  ['map tasks.js#double', /^no inputs: name inputs, or use --files 'glob', or --stdin$/],
  ['map tasks.js#double 1 --stdin', /^inputs from more than one source: .*--files 'glob', or --stdin$/],
  ['map tasks.js#double --files *.js --stdin', /^inputs from more than one source: /],
  ['map tasks.js#double --files *.js --json', /^--json can be used with arguments or --stdin, not with --files$/],
  ['map tasks.js#double --files *.none', /^no file matches --files '\*\.none'$/],
  ['map tasks.js#double --json 1 {', /^argument 2 is not JSON: /],
  ['map tasks.js#double 1 --fibers 2', /^unknown option --fibers; options are --threads, .*--unordered, --help/],
  ['map tasks.js#double 1 --processes 0', /^--processes must be 1 or more, got 0$/],
  ['map tasks.js#double 1 --processes 1 --threads 1', /^--threads and --processes exclude each other$/],
  ['map tasks.js#double 1 --no-json', /^unknown option --no-json; options are /],
  ['map tasks.js#double -1', /^unknown option -1; .*write -- before an argument that begins with -$/],
  [
    'run tasks.js#double 1 --stdin',
    /^unknown option --stdin; options are --threads, --processes, --priority, --timeout, --help/,
  ],
  ['map tasks.js#double 1 --threads', /^--threads needs a value: /],
  ['map tasks.js#double 1 --threads 0', /^--threads must be 1 or more, got 0$/],
  ['map tasks.js#double 1 --threads many', /^--threads must be 1 or more, got many$/],
  ['map tasks.js#double 1 --threads 1 --threads 2', /^--threads is given twice$/],
  ['map tasks.js#double 1 --args pepper', /^--args takes an array in JSON, as in '\["pepper"\]', got pepper$/],
  ['map tasks.js#double 1 --args "pepper"', /^--args takes an array in JSON, as in '\["pepper"\]', got "pepper"$/],
  ['map tasks.js#double 1 --json=yes', /^--json takes no value$/],
  [
    'map tasks.js#double 1 --priority urgent',
    /^priority must be one of 'low', 'normal', 'high', 'critical', got 'urgent'$/,
  ],
  ['run tasks.js#double 1 --timeout soon', /^timeout must be whole milliseconds .*, got 'soon'$/],
  ['map none.js#double 1', /^there is no file none\.js; name it as in tasks\.js#hash$/],
  ['map tasks.js 1', /^name a task function; task functions are tasks\.js#all, .*tasks\.js#double/],
  ['map tasks.js#treble 1', /^tasks\.js does not export treble; task functions are .*tasks\.js#double/],
  [
    'run tasks.js#plain 1',
    /^plain in tasks\.js is a plain function, wrap it: .*backgroundTask\(plain\); task functions/,
  ],
  ['run tasks.js#five 1', /^five in tasks\.js is not a function; task functions are /],
  ['map common.cjs#treble 1', /^common\.cjs does not export treble; task functions are common\.cjs#double$/],
  ['map empty.js#helper 1', /^helper in empty\.js is a plain function, .*; empty\.js exports no task function: /],
  [
    'map throws.js#hash 1',
    /^throws\.js cannot be loaded: no database and no way to it \(node throws\.js says where\)$/,
  ],
  [
    'map not-at-module-level.js#late 1',
    /^late became a task inside .*, where no thread can find it\. At the top of the file/,
  ],
  [
    'run not-at-module-level.js#late',
    /^late became a task inside .*, where no thread can find it\. At the top of the file/,
  ],
];

describe('atasker, used wrongly, says in one line what is allowed', () => {
  for (const [line, expected] of wrongUses) {
    test(`atasker ${line}`, async () => {
      const { stdout, stderr, code } = await atasker(...line.split(' ').filter((word) => word !== ''));
      assert.match(stderr, /^atasker: [^\n]+\n$/);
      assert.match(stderr.slice('atasker: '.length, -1), expected);
      assert.deepEqual([stdout, code], ['', 2]);
    });
  }

  const isNode20 = process.versions.node.startsWith('20.');

  test('a TypeScript file without tsx on a Node that does not strip types', { skip: !isNode20 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atasker-cli-'));
    writeFileSync(join(folder, 'typed.mts'), 'export const n: number = 1;\n');
    const { stderr, code } = await atasker('map', `${join(folder, 'typed.mts')}#double`, '1');
    rmSync(folder, { recursive: true });
    assert.match(stderr, /typed\.mts cannot be loaded: .*TypeScript needs Node 22\.18 or later, or tsx[^\n]*\n$/);
    assert.equal(code, 2);
  });
});
