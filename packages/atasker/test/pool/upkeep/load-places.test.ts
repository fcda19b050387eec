import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as fc from 'fast-check';
import { newLoadCells, type LoadSeat } from '../../../src/pool/channels/load-seats.ts';
import { LoadTurn } from '../../../src/pool/conversations/loading/thread-end.ts';
import type { FromMember } from '../../../src/pool/frames/frames.ts';
import { LoadPlaces } from '../../../src/pool/upkeep/load-places.ts';

/** A member that continues when the test says so; its frames arrive when the test delivers them. */
class Loader {
  isLoading = false;
  isGone = false;
  readonly frames: FromMember[] = [];
  /** How many permissions to load it has not read yet, because it may be in the middle of a task. */
  unread = 0;
  readonly turn: LoadTurn;
  readonly #seat: { -readonly [K in keyof LoadSeat]: LoadSeat[K] } | null;

  constructor(seat: LoadSeat | null) {
    this.#seat = seat === null ? null : { ...seat };
    this.turn = new LoadTurn(this.#seat, (frame) => this.frames.push(frame));
  }

  load(): void {
    const begin = (): void => void (this.isLoading = !this.isGone);
    const whenGranted = this.turn.enter();
    if (whenGranted === null) begin();
    else void whenGranted.then(begin);
  }

  /** Its pool says so. */
  mayLoad(): void {
    this.unread += 1;
  }

  async read(): Promise<void> {
    for (; this.unread > 0; this.unread -= 1) this.turn.granted();
    await turn();
  }

  end(): void {
    this.isLoading = false;
    this.turn.leave();
  }

  overwrite(word: number): void {
    const { cells, place } = this.#seat!;
    cells[place] = word;
  }

  /** It writes nothing more, also when it is woken. */
  die(): void {
    this.isGone = true;
    this.isLoading = false;
    if (this.#seat !== null) this.#seat.cells = newLoadCells();
  }
}

/** A thread that has started. */
function newLoader(places: LoadPlaces<Loader>, isShared = true): Loader {
  const seat = places.take();
  const loader = new Loader(isShared ? seat : null);
  places.joined(loader, seat);
  loader.turn.started();
  places.done(loader);
  return loader;
}

/** The pool gets round to what its members have sent. */
function hearAll(places: LoadPlaces<Loader>, loaders: readonly Loader[]): void {
  for (const loader of loaders) while (loader.frames.length > 0) hear(places, loader);
}

/** It gets round to the next of these. */
function hear(places: LoadPlaces<Loader>, loader: Loader): void {
  const frame = loader.frames.shift();
  if (frame?.type === 'awaitsLoad') places.ask(loader);
  if (frame?.type === 'loaded') places.done(loader);
}

/** Only one may load at a time: the first one does, and the second one waits for that. */
function oneLoadsOneWaits(): { places: LoadPlaces<Loader>; first: Loader; second: Loader } {
  const places = new LoadPlaces<Loader>(1, true);
  const [first, second] = [newLoader(places), newLoader(places)];
  first.load();
  second.load();
  return { places, first, second };
}

describe('loads of a pool:', () => {
  for (const shared of [true, false]) {
    const who = shared ? 'threads, which see each other' : 'processes, which only ask';
    const promise = 'never more at once than there are processors, everyone gets a turn, and no place is lost';
    test(`${promise}, whoever dies, or reads nothing for long (${who})`, async () => {
      const kinds = ['load', 'end', 'hear', 'read', 'wake', 'die'] as const;
      const anyOp = fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(7) });
      const property = fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(anyOp, { maxLength: 80, size: 'max' }),
        playLoads,
      );
      await fc.assert(property, { numRuns: 1000 });

      async function playLoads(most: number, ops: readonly { kind: (typeof kinds)[number]; pick: number }[]) {
        const places = new LoadPlaces<Loader>(most, shared);
        const loaders = Array.from({ length: 8 }, () => newLoader(places, shared));
        const check = (): void => assert.ok(loaders.filter(({ isLoading }) => isLoading).length <= most);
        for (const { kind, pick } of ops) {
          const loader = loaders[pick]!;
          if (loader.isGone) continue;
          if (kind === 'load' && !loader.isLoading && !loader.turn.isWaiting) loader.load();
          if (kind === 'end' && loader.isLoading) loader.end();
          if (kind === 'hear') hear(places, loader);
          if (kind === 'read') await loader.read();
          if (kind === 'wake') await turn(); // those that sleep until another one has loaded
          if (kind === 'die') {
            loader.die();
            places.leave(loader);
          }
          check();
        }
        const living = loaders.filter(({ isGone }) => !isGone);
        for (
          let round = 0;
          round < 50 && living.some(({ isLoading, turn: { isWaiting } }) => isLoading || isWaiting);
        ) {
          round += 1;
          hearAll(places, living);
          for (const loader of living) {
            if (loader.turn.isWaiting) await loader.read(); // who waits reads; who is at a task need not
            check();
            if (loader.isLoading) loader.end();
          }
        }
        hearAll(places, living);
        assert.deepEqual(
          living.filter(({ turn: { isWaiting } }) => isWaiting),
          [],
        );
        assert.equal(places.hasRoom, true, 'the pool may start another member');
      }
    });
  }

  test('values that other code writes into the cells of absent members do not count', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer(), async (used, word) => {
        const places = new LoadPlaces<Loader>(2, true);
        const seat = places.take();
        const loader = new Loader(seat);
        places.joined(loader, seat);
        loader.turn.started();
        const { cells, place } = seat!;
        cells.fill(word).fill(used, 0, 1);
        cells[place] = 0;
        assert.equal(places.hasRoom, true);
        loader.load();
        if (loader.turn.isWaiting) places.ask(loader);
        await loader.read();
        assert.equal(loader.isLoading, true);
      }),
    );
  });

  test('a member that has waited too long is let in, though others say that they load', async () => {
    const places = new LoadPlaces<Loader>(1, true);
    const [loader] = [1, 2].map(() => {
      const seat = places.take();
      const member = new Loader(seat);
      places.joined(member, seat);
      return member;
    }); // the second one says for ever that it loads
    loader!.turn.started();
    loader!.load();
    places.ask(loader!);
    assert.equal(loader!.isLoading, false);
    places.force(loader!);
    await loader!.read();
    assert.equal(loader!.isLoading, true);
  });

  test('of two threads the second loads when the first one has, though the pool hears of nothing', async () => {
    const { first, second } = oneLoadsOneWaits();
    assert.deepEqual([first.isLoading, second.isLoading, second.turn.isWaiting], [true, false, true]);
    first.end();
    await turn();
    assert.equal(second.isLoading, true);
    first.load();
    assert.equal(first.turn.isWaiting, true, 'the second one loads now');
    second.end();
    await turn();
    assert.equal(first.isLoading, true);
    first.end();
  });

  test('a thread that found its turn itself, and reads nothing more, keeps no place when the pool hears of that late', async () => {
    const { places, first, second } = oneLoadsOneWaits();
    first.end();
    await turn();
    second.end(); // and is at a task from now on, for ever
    hearAll(places, [first, second]);
    assert.equal(places.hasRoom, true);
  });

  test('the place of a thread that dies while it loads is free for the others', async () => {
    const { places, first, second } = oneLoadsOneWaits();
    first.die();
    places.leave(first);
    await turn();
    assert.equal(second.isLoading, true);
  });

  for (const word of [0, 77]) {
    test(`a thread that waits loads when another one has, though somebody has written ${word} into its cell`, async () => {
      const { first, second } = oneLoadsOneWaits();
      second.overwrite(word);
      first.end();
      await turn();
      assert.equal(second.isLoading, true);
    });
  }
});
