import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { handleSignals } from 'atasker';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { trackRequests } from '../requests.ts';
import { countWords } from '../words.ts';

@Controller()
class Words {
  @Get(':file')
  async count(@Param('file') file: string): Promise<{ words: number }> {
    return { words: await countWords(file) };
  }
}

@Module({ controllers: [Words] })
class Service {}

const app = await NestFactory.create(Service, { logger: ['error'] });
const server: Server = app.getHttpServer();
const finishRequests = trackRequests(server);
handleSignals({ before: close, grace: '20s' });
await app.listen(Number(process.env['PORT'] ?? 0));
console.log(`listening on ${(server.address() as AddressInfo).port}`);

async function close(): Promise<void> {
  console.log('closing');
  finishRequests();
  await app.close();
  console.log('closed');
}
