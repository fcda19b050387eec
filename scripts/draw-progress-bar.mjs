// Draws docs/progress-bar.svg, the picture in the README: runs `npx atasker map` in a pseudo-terminal, keeps what the
// terminal showed at what time, and draws these frames one after another. It needs script(1) and a build:
//   npm run build && node scripts/draw-progress-bar.mjs

import { spawn } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const COMMAND = `npx atasker map ./tasks.ts#hashPassword --args '["pepper"]' $(seq 100) > hashes.jsonl`;
const COLUMNS = 88;
const FRAMES = 24;

// oxlint-disable-next-line no-control-regex -- column n, clear to the right, other sequences, a letter
const PIECES = /\u001B\[(\d*)([GK])|\u001B(?:\[[?\d;]*[a-zA-Z]|[78])|[^\u001B]/g;

const project = makeProject();
try {
  const frames = framesOf(await record(project));
  writeFileSync(join(root, 'docs/progress-bar.svg'), draw(frames));
  console.log(`${frames.length} frames; the last: ${frames.at(-1).line}`);
} finally {
  rmSync(project, { recursive: true });
}

/** A folder with the tasks of the README, as a reader has it. */
function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'atasker-picture-'));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(join(root, 'packages/atasker'), join(folder, 'node_modules/atasker'));
  symlinkSync(join(root, 'packages/atasker/dist/cli.js'), join(folder, 'node_modules/.bin/atasker'));
  symlinkSync(join(root, 'node_modules/tsx'), join(folder, 'node_modules/tsx'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  writeFileSync(join(folder, 'tasks.ts'), /<!-- file: tasks\.ts -->\s*```ts\n(.*?)```/s.exec(readme)[1]);
  return folder;
}

/** Runs the command in a terminal. Resolves with all that the terminal got, and when, in ms. */
function record(cwd) {
  const command = `stty cols ${COLUMNS} rows 24; ${COMMAND}`;
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const startedAt = performance.now();
  const chunks = [];
  child.stdout.setEncoding('utf8').on('data', (text) => chunks.push({ at: performance.now() - startedAt, text }));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve(chunks) : reject(new Error(`the command ended with ${code}`))));
  });
}

/** What stood on the line of the bar, and when; evenly chosen. */
function framesOf(chunks) {
  const frames = [];
  let [line, column] = ['', 0];
  for (const { at, text } of chunks) {
    for (const [piece, number, letter] of text.matchAll(PIECES)) {
      if (letter === 'G') column = Number(number || 1) - 1;
      else if (letter === 'K') line = line.slice(0, column);
      else if (piece === '\r') column = 0;
      else if (piece.length === 1 && piece !== '\n') {
        line = line.slice(0, column).padEnd(column) + piece + line.slice(column + 1);
        column += 1;
      }
    }
    if (line.includes('|')) frames.push({ at, line: line.trimEnd() });
  }
  const step = Math.max(1, (frames.length - 1) / (FRAMES - 1));
  return frames.filter(
    (_, index) => index === frames.length - 1 || Math.floor(index / step) > Math.floor((index - 1) / step),
  );
}

function draw(frames) {
  const [width, height, size] = [COLUMNS * 8.4 + 40, 96, 14];
  const begin = frames[0].at;
  const duration = frames.at(-1).at - begin + 2_000; // the last one stays for a while
  const texts = frames.map(({ at, line }, index) => {
    const [from, to] = [at, frames[index + 1]?.at ?? begin + duration].map((time) =>
      ((time - begin) / duration).toFixed(4),
    );
    const isLast = index === frames.length - 1;
    const [values, times] =
      index === 0 ? ['1;0', `0;${to}`] : isLast ? ['0;1', `0;${from}`] : ['0;1;0', `0;${from};${to}`];
    return `  <text x="20" y="66" opacity="${isLast ? 1 : 0}">${escape(line)}<animate attributeName="opacity" calcMode="discrete" dur="${(duration / 1000).toFixed(2)}s" repeatCount="indefinite" values="${values}" keyTimes="${times}"/></text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${size}">
  <rect width="${width}" height="${height}" rx="8" fill="#1b1f24"/>
  <g fill="#d0d7de" xml:space="preserve">
  <text x="20" y="38"><tspan fill="#7ee787">$</tspan> ${escape(COMMAND)}</text>
${texts.join('\n')}
  </g>
</svg>
`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
