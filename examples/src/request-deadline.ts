/**
 * A server that answers within its time: the task of a request ends at its deadline, or when the client goes
 * away, and its thread serves the next one. The program asks its own server three times and ends.
 */
import { backgroundTask, isTaskError } from 'atasker';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const fibonacci = backgroundTask(
  function fibonacci(n: number): number {
    const value = (index: number): number => (index < 2 ? index : value(index - 1) + value(index - 2));
    return value(n);
  },
  { priority: 'high', deadline: '4s', cancelGrace: 0 },
);

const server = createServer((request, response) => void answer(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
for (const n of [20, 100, 25]) {
  const response = await fetch(`http://127.0.0.1:${port}/${n}`);
  console.log(`fibonacci of ${n}: ${response.status} ${await response.text()}`);
}
server.close();
server.closeAllConnections();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const result = await fibonacci.with({ signal: gone.signal })(Number(request.url!.slice(1)));
    response.end(String(result));
  } catch (error) {
    const isLate = isTaskError(error, 'ERR_TASK_DEADLINE');
    response.writeHead(isLate ? 503 : 500).end(isLate ? 'too late' : 'error');
  }
}
