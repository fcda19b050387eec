import { handleSignals } from 'atasker';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trackRequests } from './requests.ts';
import { countWords } from './words.ts';

const server = createServer((request, response) => void answer(request, response));
const finishRequests = trackRequests(server);
handleSignals({ before: close, grace: '20s' });
server.listen(Number(process.env['PORT'] ?? 0), () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = request.url!.slice(1);
  if (request.method === 'POST') {
    // Nobody waits for it but a shutdown.
    countWords.with({ priority: 'low', callback: (words) => console.log(`${file}: ${words} words`) })(file);
    response.writeHead(202).end();
    return;
  }
  try {
    response.end(JSON.stringify({ words: await countWords(file) }));
  } catch {
    response.writeHead(500).end();
  }
}

async function close(): Promise<void> {
  console.log('closing');
  finishRequests();
  await new Promise((resolve) => server.close(resolve));
  console.log('closed');
}
