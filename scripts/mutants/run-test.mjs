// Runs one built test file in a process group of its own, which ends with it or at its time limit.

import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** The process groups of the tests that run now. */
const groups = new Set();

/** Gives whether the file passes, how long it took, and whether it was ended because it took too long. */
export function runTest(sandbox, test, limitMs, env = {}) {
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', join(sandbox.folder, test)], {
      cwd: sandbox.root,
      stdio: 'ignore',
      detached: true,
      env: { ...process.env, ...env },
    });
    groups.add(child.pid);
    let isLate = false;
    const late = setTimeout(() => {
      isLate = true;
      end(child.pid);
    }, limitMs);
    child.on('close', (code) => {
      clearTimeout(late);
      end(child.pid); // what the test has left behind
      groups.delete(child.pid);
      resolve({ isPassed: code === 0, isLate, ms: Math.round(performance.now() - began) });
    });
  });
}

/** Ends the tests that run now: the user has interrupted the command. */
export function endTests() {
  for (const pid of groups) end(pid);
}

function end(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // the whole group has ended
  }
}
