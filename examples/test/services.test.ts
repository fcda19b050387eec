import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Service } from './service.ts';

/** The settings for Kubernetes in the cookbook, in ms. */
const TERMINATION_GRACE_PERIOD = 30_000;

describe('a service that gets SIGTERM', () => {
  for (const name of ['http', 'express', 'fastify', 'nest/main']) {
    test(`answers the request that it has, refuses new ones, and exits with 0 (${name})`, async () => {
      const service = await new Service(name).listening();
      const answer = service.ask('/file');
      const file = await service.fileBeingRead(); // its task runs
      const sentAt = performance.now();
      service.child.kill('SIGTERM');
      await service.refusing();
      assert.deepEqual(service.lines.slice(1), ['closing']);
      await file.writeFile('one two three');
      await file.close();
      assert.deepEqual(await answer, { status: 200, body: '{"words":3}' });
      assert.deepEqual(await service.ended(), { stderr: '', code: 0, signal: null });
      // Not even as long as an idle connection may be kept: this one was closed with its last answer.
      assert.ok(performance.now() - sentAt < TERMINATION_GRACE_PERIOD / 2);
    });
  }

  test('has the time that the cookbook gives it', () => {
    const page = readFileSync(new URL('../../../docs/cookbook.md', import.meta.url), 'utf8');
    assert.ok(page.includes(`terminationGracePeriodSeconds: ${TERMINATION_GRACE_PERIOD / 1000}\n`));
  });

  test('finishes the tasks that nobody waits for, when it has closed', async () => {
    const service = await new Service('http').listening();
    assert.equal((await service.ask('/file', 'POST')).status, 202);
    const file = await service.fileBeingRead();
    service.child.kill('SIGTERM');
    await service.printed(/^closed$/);
    await file.writeFile('one two');
    await file.close();
    assert.deepEqual(await service.ended(), { stderr: '', code: 0, signal: null });
    assert.deepEqual(service.lines.slice(1), ['closing', 'closed', 'file: 2 words']);
  });

  test('is ended by a second one, whatever still runs', async () => {
    const service = await new Service('http').listening();
    await service.ask('/file', 'POST');
    const file = await service.fileBeingRead();
    service.child.kill('SIGTERM');
    await service.printed(/^closed$/);
    service.child.kill('SIGTERM');
    assert.deepEqual(await service.ended(), { stderr: '', code: null, signal: 'SIGTERM' });
    await file.close();
  });
});
