import { describe } from 'node:test';
import { rowsInFour } from '../support/in-four.ts';

describe('modules of each kind load in threads and processes:', { concurrency: 2 }, () => {
  rowsInFour('modules', [
    {
      file: 'esm.mjs',
      shows: 'ES modules with tasks in a file of their own',
      stdout: /^double 42 in a pool thread true\n$/,
    },
    { file: 'cjs.cjs', shows: 'CommonJS with tasks in a file of their own', stdout: /^double 42\n$/ },
    { file: 'cjs-from-esm.mjs', shows: 'an ES module that imports CommonJS tasks', stdout: /^double 42\n$/ },
    { file: 'one-file.mjs', shows: 'one file with top-level await', stdout: /^begin\ntriple 43\n$/ },
    { file: 'one-file.cjs', shows: 'one CommonJS file', stdout: /^begin\ntriple 42\n$/ },
    { file: 'main-catch.mjs', shows: 'async function main, called at the end', stdout: /^main runs\ntriple 42\n$/ },
  ]);
});
