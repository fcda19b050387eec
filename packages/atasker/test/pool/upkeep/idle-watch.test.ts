import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { Alarms } from '../../../src/common/clock.ts';
import { IdleWatch, type IdleWatchOwner } from '../../../src/pool/upkeep/idle-watch.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';

type Answer = 'goes' | 'has taken a task' | 'work is at hand' | 'goes later';

class Sleeper {
  readonly id: number;
  idleSince: number;

  constructor(id: number, idleSince: number) {
    this.id = id;
    this.idleSince = idleSince;
  }

  rests(now: number): void {
    this.idleSince = now;
  }
}

/** Members that are idle, of which some are kept; each answer of theirs is taken from a list that goes round. */
class Sleepers implements IdleWatchOwner<Sleeper> {
  readonly clock = new ManualClock();
  readonly watch = new IdleWatch<Sleeper>(this.clock, new Alarms(this.clock), this);
  readonly idle: Sleeper[] = [];
  readonly retired: { readonly id: number; readonly idleMs: number }[] = [];
  looks = 0;
  readonly #timeoutMs: number;
  readonly #kept: number;
  readonly #answers: readonly Answer[];

  constructor(timeoutMs: number, kept: number, answers: readonly Answer[]) {
    this.#timeoutMs = timeoutMs;
    this.#kept = kept;
    this.#answers = answers;
  }

  get #answer(): Answer {
    return this.#answers[this.looks % this.#answers.length]!;
  }

  idleTimeoutMs(): number {
    return this.#timeoutMs;
  }

  surplus(): Sleeper | null {
    this.looks += 1;
    assert.ok(this.looks < 100_000, 'it looks without end');
    if (this.idle.length <= this.#kept) return null;
    return this.idle.toSorted((a, b) => a.idleSince - b.idleSince)[0]!;
  }

  isWorkAtHand(): boolean {
    return this.#answer === 'work is at hand';
  }

  retire(member: Sleeper): boolean {
    if (this.#answer === 'has taken a task') return false;
    if (this.#answer === 'goes later') return true; // it is still there at the next look
    this.idle.splice(this.idle.indexOf(member), 1);
    this.retired.push({ id: member.id, idleMs: this.clock.now() - member.idleSince });
    return true;
  }

  rest(id: number): void {
    this.idle.push(new Sleeper(id, this.clock.now()));
    this.watch.watch();
  }
}

const anyAnswer = fc.constantFrom<Answer>('goes', 'has taken a task', 'work is at hand', 'goes later');

describe('idle members:', () => {
  test('each goes when it has been idle for idleTimeout, and no more go than may', () => {
    const sleepers = new Sleepers(100, 2, ['goes']);
    for (let id = 0; id < 6; id += 1) {
      sleepers.rest(id);
      sleepers.clock.advance(10);
    }
    sleepers.clock.advance(1000);
    assert.deepEqual(
      sleepers.retired,
      [0, 1, 2, 3].map((id) => ({ id, idleMs: 100 })),
    );
  });

  test('a member that could not retire is idle from then on', () => {
    const sleepers = new Sleepers(100, 0, ['has taken a task']);
    sleepers.rest(0);
    sleepers.clock.advance(100);
    assert.equal(sleepers.idle[0]?.idleSince, 100);
    sleepers.clock.advance(99);
    assert.equal(sleepers.idle[0]?.idleSince, 100);
  });

  test('whatever its members answer, it looks no more often than time goes on and members go', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.nat(3),
        fc.array(anyAnswer, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(60), { maxLength: 20, size: 'max' }),
        (timeoutMs, kept, answers, pauses) => {
          const sleepers = new Sleepers(timeoutMs, kept, answers);
          pauses.forEach((ms, id) => {
            sleepers.rest(id);
            sleepers.clock.advance(ms);
          });
          sleepers.clock.advance(1000);
          const rings = sleepers.clock.now() / timeoutMs + 1;
          const most = 3 * (rings * (pauses.length + 1) + pauses.length);
          assert.ok(sleepers.looks <= most, `${sleepers.looks} looks, at most ${most}`);
        },
      ),
    );
  });

  test('with an idleTimeout of 0 one look ends, whatever its members answer', () => {
    fc.assert(
      fc.property(
        fc.array(anyAnswer, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 9 }),
        (answers, count) => {
          const pending: (() => void)[] = [];
          const clock = {
            now: () => 5,
            date: () => 0,
            after: (_: number, ring: () => void) => (pending.push(ring), () => {}),
          };
          const sleepers = new Sleepers(0, 0, answers);
          const watch = new IdleWatch<Sleeper>(clock, new Alarms(clock), sleepers);
          for (let id = 0; id < count; id += 1) sleepers.idle.push(new Sleeper(id, 5));
          watch.watch();
          for (let ring = 0; ring < 3 && pending.length > 0; ring += 1) pending.shift()!();
          assert.ok(sleepers.looks <= 3 * 2 * (count + 3), `${sleepers.looks} looks at ${count} members`);
        },
      ),
    );
  });
});
