import { setImmediate } from 'node:timers/promises';
import { backgroundTask, isPoolThread } from 'atasker';

// Nothing refers to this task but the library.
backgroundTask(function hidden() {
  return process.pid;
});

if (!isPoolThread) {
  await setImmediate();
  (globalThis as { gc?: () => void }).gc?.();
  await setImmediate();
}
