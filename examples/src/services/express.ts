import { handleSignals } from 'atasker';
import express from 'express';
import type { AddressInfo } from 'node:net';
import { trackRequests } from './requests.ts';
import { countWords } from './words.ts';

const app = express();
app.get('/:file', async (request, response) => {
  response.json({ words: await countWords(request.params.file) });
});

const server = app.listen(Number(process.env['PORT'] ?? 0), () => {
  console.log(`listening on ${(server.address() as AddressInfo).port}`);
});
const finishRequests = trackRequests(server);
handleSignals({ before: close, grace: '20s' });

async function close(): Promise<void> {
  console.log('closing');
  finishRequests();
  await new Promise((resolve) => server.close(resolve));
  console.log('closed');
}
