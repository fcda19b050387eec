import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { withTable } from '../src/page.ts';
import { picture } from '../src/picture.ts';
import type { Series } from '../src/rounds.ts';
import { rowOf } from '../src/rows/index.ts';
import { summarise } from '../src/summary.ts';
import { markdownTable, terminalTable } from '../src/table.ts';
import { verdicts } from '../src/verdict.ts';
import { series } from './support/series.ts';

const all: Series[] = [
  series('all-at-once', 'atasker', [[1000], [3000], [2000]]),
  series('all-at-once', 'piscina', [[100], [200], [400]]),
  series('all-at-once', 'poolifier', [null, null, null]),
  series('all-at-once', 'tinypool', [[500], null, null]),
];

suite('the table', () => {
  const text = terminalTable(summarise(all), verdicts(all), 'tiny');

  test('tells of every target whether it was met', () => {
    assert.match(text, /^targets: 0 of 1 met$/m);
    assert.match(text, /all-at-once +rate +at least 12 times piscina +10 +5–15 +missed by 17 %, not in every round$/m);
  });

  test('has median, spread and ratio of each contender', () => {
    assert.match(text, /^all-at-once: no-op tasks in 2 threads, 200 at once$/m);
    assert.match(text, /atasker +2,000 +1,000–3,000 +× 10$/m);
  });

  test('says why a contender failed, and keeps what it got before', () => {
    assert.match(text, /poolifier +failed: round 1: why$/m);
    assert.match(text, /tinypool \(failed: round 2: why\) +500 +500–500 +× 5.0$/m);
  });

  test('is Markdown on the page, with as many cells in every line', () => {
    const markdown = markdownTable(summarise(all), verdicts(all), 'tiny');
    assert.match(markdown, /^### Targets: 0 of 1 met\n\n\| row \|/m);
    for (const table of markdown.split('### ').slice(1)) {
      const lines = table.split('\n').filter((line) => line.startsWith('|'));
      assert.ok(lines.length >= 3);
      assert.equal(new Set(lines.map((line) => line.split('|').length)).size, 1, table);
    }
  });

  test('goes between the markers of a page, over the old one', () => {
    const page = 'before\n<!-- table -->\nold\n<!-- end of table -->\nafter\n';
    const changed = 'before\n<!-- table -->\n\nnew\n\n<!-- end of table -->\nafter\n';
    assert.equal(withTable(page, 'new'), changed);
    assert.throws(() => withTable('without markers', 'new'), /no <!-- table -->/);
  });
});

suite('the table of a row with many figures', () => {
  const many = rowOf('values-threads').metrics.map((_, index) => 10 * (index + 1));
  const wide = summarise([
    series('values-threads', 'atasker', [many]),
    series('values-threads', 'piscina', [many.map((figure) => figure / 2)]),
    series('values-threads', 'poolifier', [null]),
  ]);
  const lines = markdownTable(wide, [], 'tiny').split('\n');
  const cellsOf = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());

  test('has a column for each contender, and a line for each figure', () => {
    assert.deepEqual(cellsOf(lines[2]!), ['', 'atasker', 'piscina', 'poolifier']);
    assert.equal(lines.length, 4 + many.length);
  });

  test('has each figure and its ratio, or that there is none', () => {
    const [first, ...rest] = lines.slice(4).map(cellsOf);
    assert.deepEqual(first!.slice(1), ['10 (× 2.0)', '5', 'failed']);
    assert.equal(rest.at(-1)![2], String(many.length * 5));
  });
});

suite('the picture', () => {
  const svg = picture(summarise(all), 'tiny');

  test('has bars as long as the medians, to the scale of the row', () => {
    const widths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
    assert.deepEqual(widths, [313.3, 31.3, 78.3]);
  });

  test('shows the spread, and who failed', () => {
    assert.match(svg, /<line class="spread" x1="346.7" y1="[\d.]+" x2="660" y2/);
    assert.match(svg, />poolifier<\/text>\n<text [^>]*>failed<\/text>/);
  });

  test('opens and closes every element, inside of its frame', () => {
    const open: string[] = [];
    for (const [, end, name, empty] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
      if (end) assert.equal(open.pop(), name);
      else if (!empty) open.push(name!);
    }
    assert.deepEqual(open, []);
    const height = Number(/height="(\d+)"/.exec(svg)![1]);
    for (const [, y] of svg.matchAll(/ y="([\d.]+)"/g)) assert.ok(Number(y) < height);
  });

  test('a row in which nobody got anything has no bars of no length', () => {
    const nobody = picture(summarise([series('idle', 'atasker', [[0]])]), 'tiny');
    assert.doesNotMatch(nobody, /NaN|Infinity/);
  });
});
