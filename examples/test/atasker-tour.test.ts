import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './program.ts';

const PRINTS = `thread: I am working in the background!
method: Report of May
coroutine: on the event loop
by hand: by another name, low, thread, status 200
callback: 7 * 7 = 49
process: sum 8, with a task id, in another process
coMpApply: sum 10, in another process
waitCompleted: a list: 4, 9, 16
waitCompleted: a single task: 25
waitCompleted: TimeoutError
waitCompleted: and the task goes on: status 2
cancel: AbortError, status -1
priorities: critical starts over a full pool
priorities: critical, high, normal, low
delay: status 2
delay: starts after its 50 ms: true
timeout warning: report, status 0
timeout warning: the task is done all the same: late
getTask: found: true
info: true, thread, normal, true, 81
getTask: nothing is kept of it
pools: 2 threads and reserves 1, 1
pools: 1 process
loop: 2 left
loop: 1 left
loop: 0 left
loop: it has stopped
queue: hello ann
queue: hello bob
process worker: square 64
process worker: square 81
event: 100 triggers, 1 run
interval: tick 1
interval: tick 2
interval: tick 3
async job: beat 1
async job: beat 2
async job: beat 3
aloop: a thread of its own, myaloop
aloop: tasks are in the same one: true
aloop: a coroutine without a loop, too: true
aloop: a worker, too: true
aloop: a job, too: true
aloop: it has stopped
aloop: and was started again: 9
collection: stopServer: Error: it has stopped
collection: {"removeFiles":3}, all ok: false
task collection: {"mytask":"I am working in the background!","settings":"settings"}
locker: 110 after 10 times 1 and 10 times 10
locker: held while a promise is pending
g: in a thread: 1, 2, 3
g: here: mine
g: cleared: true
stop: a scheduler of your own
stop: 1 completed, 0 unfinished, 12 * 12 = 144
`;

test('atasker-tour: every piece of the documentation of atasker does what it says, and the program ends by itself', async () => {
  const { stdout, stderr, code } = await run('atasker-tour');
  assert.equal(stdout, PRINTS);
  assert.deepEqual([stderr, code], ['', 0]);
});
