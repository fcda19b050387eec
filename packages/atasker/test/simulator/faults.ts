/** A fault that is put into a copy of the built library, to show that the simulator finds it. */
export interface Fault {
  readonly title: string;
  /** What is replaced: the built file, the text there, and the text instead. */
  readonly edits: readonly (readonly [file: string, text: string, instead: string])[];
  /** Where a search finds it soon. Should other programs follow from these seeds one day, the search takes longer. */
  readonly where: string;
  readonly found: RegExp;
}

/** Faults of earlier versions. */
export const EARLIER_FAULTS: readonly Fault[] = [
  {
    title: 'a member that is given up while it is being ended',
    edits: [
      [
        'src/pool/member/member.js',
        'giveUp() {\n        if (this.#state',
        'giveUp() {\n        if (false && this.#state',
      ],
    ],
    where: '--members process --first 470000016',
    found: /no way from state retiring to retiring/,
  },
  {
    title: 'an idle thread that cannot be retired, whose alarm rings again and again without end',
    edits: [
      ['src/pool/upkeep/idle-watch.js', 'oldest.rests(now);', ''],
      ['src/common/clock.js', 'alarm.value();', 'alarm.value(); this.#takeDue();'],
    ],
    where: '--members thread --transport shared --first 1',
    found: /one step does not end/,
  },
  {
    title: 'threads that take less urgent tasks while more urgent ones wait behind a full ring',
    edits: [['src/core/admission.js', 'this.#offer?.holdBack?.(this.#backlog.occupied);', '']],
    where: '--members thread --transport shared --first 68',
    found: /is taken while .* waits/,
  },
  {
    title: 'a pool that exceeds maxSize for a task that was given back, as if it were a child',
    edits: [['src/core/admission.js', 'if (isChild)\n                    return true;', 'return true;']],
    where: '--members process --first 25',
    found: /members live, and maxSize is/,
  },
  {
    title: 'a lost task that does not say when it began',
    edits: [
      [
        'src/pool/conversations/run/pool-end.js',
        'const startedAt = this.#assignments.startOf?.(assignment) ?? null;',
        'const startedAt = null;',
      ],
    ],
    where: '--members thread --transport shared --first 20',
    found: /began at \d+, and its timeStarted is null/,
  },
  {
    title: 'a task that is refused because of children that wait',
    edits: [
      [
        'src/supervisor/pools/pump.js',
        'this.admission.mustWait() <= maxQueue',
        'this.admission.waitingCount - this.admission.startable() <= maxQueue',
      ],
    ],
    where: '--members thread --transport shared --first 426982347',
    found: /is refused while \d+ tasks wait/,
  },
  {
    title: 'a task that fails because it waited too long, though it began in time',
    edits: [
      [
        'src/supervisor/life/interrupts.js',
        "if (error.code === 'ERR_TASK_QUEUE_TIMEOUT' && task.isStarted())",
        'if (error === null)',
      ],
    ],
    where: '--members thread --transport message --first 50',
    found: /waited for \d+ ms only/,
  },
  {
    title: 'a timer that is left when tasks are cancelled late in a stop',
    edits: [['src/supervisor/supervisor.js', 'this.#services.close();', '']],
    where: '--members thread --transport message --first 10',
    found: /after the stop there is left: 1 timers/,
  },
  {
    title: 'a process that is sent tasks while it gives back those before them',
    edits: [
      [
        'src/pool/dispatch/sent/sent-assignments.js',
        'this.isTakenBack &&= this.current !== null;',
        'this.isTakenBack = false;',
      ],
    ],
    where: '--members process --first 1700001213',
    found: /begins before .* which was called before it|tasks live, in these places/,
  },
  {
    title: 'a prefetched task that runs twice, because its process died before it had told what it gave back',
    edits: [['src/pool/dispatch/sent/sent-assignments.js', "assignment.task.isStarted() ? 'begun' : fate", 'fate']],
    where: '--members process --first 1',
    found: /is taken while it runs|tasks live, in these places/,
  },
  {
    title: 'a prefetched task that holds no slot while its process is being ended',
    edits: [
      [
        'src/pool/member/member.js',
        "if (this.#state !== 'busy' && this.#state !== 'retiring')",
        "if (this.#state !== 'busy')",
      ],
    ],
    where: '--members process --first 699',
    found: /a low task is taken while 2 others have a slot/,
  },
];

/** Faults that nobody has made: each breaks a rule that no earlier fault has broken. */
export const OTHER_FAULTS: readonly Fault[] = [
  {
    title: 'a publisher that wakes nobody',
    edits: [['src/pool/dispatch/taken/shared-offer.js', 'wakeForNew(this.#queue);', ';']],
    where: '--members thread --transport shared --first 1',
    found: /sleeps while \d+ tasks may begin/,
  },
  {
    title: 'a thread that falls asleep without another look',
    edits: [['src/pool/run-queue/taker.js', 'return !canTakeHere(queue, seat) ||', 'return true ||']],
    where: '--members thread --transport shared --first 1',
    found: /sleeps while \d+ tasks may begin/,
  },
  {
    title: 'a thread that takes a task beyond the limit',
    edits: [['src/pool/run-queue/taker.js', 'running(queue) > load', 'running(queue) > 1 + load']],
    where: '--members thread --transport shared --first 1',
    found: /is taken while \d+ others have a slot/,
  },
  {
    title: 'one more task in the backlog than may wait',
    edits: [['src/supervisor/pools/pump.js', 'mustWait() <= maxQueue', 'mustWait() <= maxQueue + 1']],
    where: '--members thread --transport message --first 1',
    found: /is accepted while \d+ tasks wait/,
  },
  {
    title: 'a process that begins what it was asked to give back',
    edits: [['src/pool/channels/boot/claims.js', '((run - seen) | 0) > 0 &&', 'true ||']],
    where: '--members process --first 1',
    found: /is taken while it runs|is called twice|after its task has ended/,
  },
  {
    title: 'a block of shared memory that two tasks have',
    edits: [['src/pool/run-queue/arena.js', 'const block = arrayPop(free);', 'const block = free.at(-1);']],
    where: '--members thread --transport shared --first 1',
    found: /has the arguments of/,
  },
  {
    title: 'a block of shared memory that is never free again',
    edits: [['src/pool/dispatch/taken/run-table.js', 'this.#freeBlock(placeOf(run));', ';']],
    where: '--members thread --transport shared --first 1',
    found: /there is left: .* blocks of shared memory/,
  },
  {
    title: 'blocks of shared memory that are left when a pool gives up that memory',
    edits: [
      ['src/pool/dispatch/taken/run-table.js', 'arrayPush(untaken, assignment.task);', '$& this.giveBack = () => {};'],
      ['src/pool/dispatch/taken/run-table.js', 'each(listOf(this.#blocks.keys()))', '[]'],
    ],
    where: '--members thread --transport shared --seed 768466810 --only 33,35,38',
    found: /there is left: .* blocks of shared memory/,
  },
  {
    title: 'a child that keeps the program alive when it has ended',
    edits: [['src/supervisor/life/tasks.js', 'if (isKnown)', 'if (isKnown && !task.isChild)']],
    where: '--members thread --transport message --first 1',
    found: /intervals that keep the program alive/,
  },
  {
    title: 'a cancelled task that keeps its slot',
    edits: [
      [
        'src/supervisor/life/tasks.js',
        'pool.admission.release(task);\n        if (interrupt !== null)',
        'if (interrupt === null) pool.admission.release(task);\n        if (interrupt !== null)',
      ],
    ],
    where: '--members thread --transport message --first 1',
    found: /tasks live, in these places/,
  },
];
