import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { backgroundTask, type Priority, type TaskType } from 'atasker';

/** The requests of a test to a task. `throwAside` throws in a callback that the task does not await. */
export type Order =
  | { readonly do: 'return' | 'throw' | 'throwAside' | 'exit' | 'kill' }
  | { readonly do: 'call'; readonly child: string; readonly tt: TaskType; readonly priority: Priority };

/** The reports of a task to the test. */
export interface Report {
  readonly says: 'here' | 'waits';
  readonly name: string;
}

/** Does only what the test requests through the socket (support/remote-control.ts). */
export const obedient = backgroundTask(async function obedient(path: string, name: string) {
  const socket = connect(path);
  socket.on('error', () => {}); // the test is over
  const say = (says: Report['says']): void => void socket.write(`${JSON.stringify({ says, name } satisfies Report)}\n`);
  say('here');
  try {
    for await (const line of createInterface({ input: socket })) {
      const order = JSON.parse(line) as Order;
      if (order.do === 'return') return name;
      if (order.do === 'call') await call(path, order, () => say('waits'));
      else harm(order.do, name);
    }
    return name;
  } finally {
    socket.end();
  }
});

async function call(path: string, order: Extract<Order, { do: 'call' }>, waits: () => void): Promise<void> {
  const { child: name, tt, priority } = order;
  const child = obedient.with({ name, tt, priority })(path, name);
  const ended = child.then(
    () => {},
    () => {},
  );
  waits();
  await ended;
}

function harm(how: 'throw' | 'throwAside' | 'exit' | 'kill', name: string): void {
  switch (how) {
    case 'throw':
      throw new Error(`thrown by ${name}`);
    case 'throwAside':
      setTimeout(() => {
        throw new Error(`thrown aside by ${name}`);
      }, 0);
      return;
    case 'exit':
      process.exit(3);
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
  }
}
