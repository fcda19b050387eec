import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { turn } from './events.ts';
import { isLong } from './long.ts';

/** Something that starts and stops, in the words of the contract that all such things have (ARCHITECTURE.md). */
export interface Service {
  /** Throws if it cannot start now because it stops; then it can when that is done. */
  start(): void;
  stop(): Promise<unknown>;
  /** Gives it something to do, as far as it takes anything now. */
  work(): void;
  resize(size: number): void;
  /** What is there of it: threads, processes, tasks. */
  readonly left: number;
}

type Step = 'start' | 'stop' | 'work' | 'grow' | 'shrink' | 'turn';

const STEPS: readonly Step[] = ['start', 'stop', 'work', 'grow', 'shrink', 'turn'];

/** Each order of calls must leave a service that stops, with nothing left, and can start again. */
export function startStopContract(name: string, make: () => Service, randomOrders: number): void {
  const orders: Readonly<Record<string, readonly Step[]>> = {
    'stop before the start': ['stop'],
    'stop twice': ['start', 'work', 'stop', 'stop'],
    'stop during the start': ['start', 'stop'],
    'stop while members boot': ['start', 'work', 'turn', 'turn', 'stop'],
    'start during the stop': ['start', 'work', 'stop', 'start', 'turn', 'start', 'work'],
    'a new size while it stops': ['start', 'work', 'stop', 'grow', 'turn', 'shrink', 'turn', 'grow'],
    'a new size before the start': ['grow', 'start', 'shrink', 'stop'],
    'work after the stop': ['stop', 'turn', 'work', 'grow'],
    'start twice': ['start', 'start', 'work', 'stop', 'turn', 'stop'],
  };
  describe(`${name}: nothing is left after`, { timeout: 120_000 }, () => {
    for (const [order, steps] of Object.entries(orders)) test(order, () => stress(make(), steps));

    test('any order of calls', async () => {
      const numRuns = isLong ? 4 * randomOrders : randomOrders;
      const anySteps = fc.array(fc.constantFrom(...STEPS), { minLength: 2, maxLength: 12, size: 'max' });
      const property = fc.asyncProperty(anySteps, (steps) => stress(make(), steps));
      await fc.assert(property, { numRuns, timeout: 30_000, endOnFailure: true });
    });
  });
}

async function stress(service: Service, steps: readonly Step[]): Promise<void> {
  const stops: Promise<unknown>[] = [];
  for (const step of steps) {
    if (step === 'turn') await turn();
    else if (step === 'stop') stops.push(service.stop());
    else take(service, step);
  }
  await Promise.all([...stops, service.stop()]);
  assert.equal(service.left, 0);
  service.start(); // opens it again
  service.work();
  await service.stop();
  assert.equal(service.left, 0);
}

function take(service: Service, step: Exclude<Step, 'turn' | 'stop'>): void {
  try {
    if (step === 'grow') service.resize(4);
    else if (step === 'shrink') service.resize(1);
    else service[step]();
  } catch (error) {
    assert.match(
      String((error as Error & { code?: string }).code),
      /^ERR_(SUPERVISOR_STOPPED|WORKER_STOPPING|NO_ALOOP)$/,
    );
  }
}
