import { handleSignals } from 'atasker';
import { fastify } from 'fastify';
import type { AddressInfo } from 'node:net';
import { trackRequests } from './requests.ts';
import { countWords } from './words.ts';

const app = fastify();
app.get<{ Params: { file: string } }>('/:file', async ({ params }) => ({ words: await countWords(params.file) }));

const finishRequests = trackRequests(app.server);
handleSignals({ before: close, grace: '20s' });
await app.listen({ host: '0.0.0.0', port: Number(process.env['PORT'] ?? 0) });
console.log(`listening on ${(app.server.address() as AddressInfo).port}`);

async function close(): Promise<void> {
  console.log('closing');
  finishRequests();
  await app.close();
  console.log('closed');
}
