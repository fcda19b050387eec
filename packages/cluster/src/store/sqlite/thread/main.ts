/** The thread of a SQLite store (../../sqlite-store.ts), so that a commit blocks nobody. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { setGate } from '../driver.ts';
import { mayPass } from '../words.ts';
import type { FromThread, ThreadStart, ToThread } from './protocol.ts';
import { Server } from './server.ts';

const port = parentPort!;
const tell = (told: readonly FromThread[]): void => {
  if (told.length > 0) port.postMessage(told);
};
const { data, gate } = workerData as ThreadStart;
setGate(gate);
const server = new Server(data, tell);

try {
  await server.open();
  port.on('message', (first: ToThread) => {
    const messages = [first];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      messages.push(next.message as ToThread);
    }
    server.take(messages);
    if (messages.some(({ type }) => type === 'close')) void server.close().finally(() => port.close());
  });
  tell([{ type: 'opened' }]);
} catch (error) {
  tell([{ type: 'refused', message: (error as Error).message, isFinal: !mayPass((error as Error).cause) }]);
  port.close();
}
