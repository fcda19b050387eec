import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { excerpt } from './check.ts';
import { RULES } from './rules.ts';
import { PROMISES, tokenOf, Writer } from './histories.ts';
import { WRONG } from './wrong.ts';

const ASYNC = { tt: 'async' } as const;

/** Two nodes, one of which dies with a task and one of which leaves; a delay, cancels, a change of priority. */
function goodHistory(): Writer {
  const write = new Writer().up('n').up('m');
  write.accept('a').accept('b').accept('late', { dueAt: 500 }).accept('never', { priority: 'low' });
  write.run('a', 'n').claim('b', 'm').began('b', 'm').down('m');
  write.add({ type: 'cancelAsked', id: 'never' }).end('never', null);
  write.add({ type: 'cancelAnswered', id: 'never', answer: 'removed' });
  write.wait(500).run('late', 'n').wait(900).leaseOver('b', 'm').run('b', 'n', 2);
  write.accept('c').accept('d').add({ type: 'priorityChanged', id: 'd', priority: 'high' });
  write.claim('d', 'n').claim('c', 'n').release('c', 'n').began('d', 'n', 1, { priority: 'high' });
  return write.end('d', 'n').returned('d', 'n').up('o').run('c', 'o');
}

test('a history in which everything is as promised breaks no rule', () => {
  assert.deepEqual(goodHistory().broken(), []);
});

test('the history of one task can be read by itself', () => {
  const { history } = goodHistory();
  assert.match(
    excerpt(history, 'never').join('\n'),
    /accepted.*\n.*acceptedSeen.*\n.*cancelAsked.*\n.*cancelCalled.*\n.*ended.*\n.*endSeen/,
  );
});

for (const { name } of RULES) {
  describe(`a history in which this does not hold is found: ${name}`, () => {
    test('for each rule there are such histories', () => assert.ok((WRONG[name] ?? []).length > 0));
    for (const [title, write, message] of WRONG[name] ?? []) {
      test(title, () => {
        const broken = write(new Writer().up('n').up('m')).broken();
        const wanted = broken.filter((violation) => violation.startsWith(`${name}: `) && message.test(violation));
        assert.ok(wanted.length > 0, `broken: ${broken.join('\n')}`);
      });
    }
  });
}

describe('no rule is broken by', () => {
  const right = (title: string, write: (writer: Writer) => Writer): void =>
    void test(title, () => assert.deepEqual(write(new Writer().up('n').up('m')).broken(), []));

  right('a task that a node does not know, which waits while others start', (write) =>
    write
      .up('all', ['f', 'g'])
      .accept('a', { definition: 'g', priority: 'high' })
      .accept('b')
      .run('b', 'n')
      .claim('a', 'all')
      .end('a', 'all'),
  );
  right('what programs note between the claims of one choice', (write) =>
    write.accept('a').accept('b').claim('b', 'n').began('b', 'n').claim('a', 'n').end('b', 'n').end('a', 'n'),
  );
  right('a type without room, whose tasks wait while others start', (write) => {
    const full = { low: 0, normal: 0, high: 0, critical: 9 };
    const free = { low: 1, normal: 1, high: 1, critical: 9 };
    write.accept('a', ASYNC).accept('b', { priority: 'low' }).claim('b', 'n');
    write.add({
      type: 'chose',
      node: 'n',
      definitions: ['f'],
      most: 9,
      room: { thread: free, async: full },
      tokens: [tokenOf('b', 'n')],
    });
    return write.end('b', 'n').claim('a', 'n').end('a', 'n');
  });
  right('the end of a claim that has run out, before anybody else has claimed the task', (write) =>
    write
      .accept('a')
      .claim('a', 'm')
      .add({ type: 'programPaused', program: 'm' })
      .wait(1_000)
      .leaseOver('a', 'm')
      .add({ type: 'programResumed', program: 'm' })
      .end('a', 'm'),
  );
  right('a node that has its task again after a pause', (write) =>
    write
      .accept('a')
      .claim('a', 'm')
      .add({ type: 'programPaused', program: 'm' })
      .wait(1_000)
      .leaseOver('a', 'm')
      .add({ type: 'programResumed', program: 'm' })
      .add({ type: 'regained', id: 'a', token: tokenOf('a', 'm') })
      .wait(5_000)
      .end('a', 'm'),
  );
  right('a task that nobody finds, because no node runs', (write) =>
    write.accept('a').claim('a', 'm').down('m').down('n').wait(9_000).up('o').leaseOver('a', 'm').run('a', 'o', 2),
  );
  right('a submitter that is dead when its task ends, if another program finds the end', (write) =>
    write.accept('a').down('s').run('a', 'n'),
  );
  right('a task that fails after so many nodes were lost with it', (write) => {
    write.accept('a');
    for (const attempt of [1, 2, 3])
      write
        .up(`x${attempt}`)
        .claim('a', `x${attempt}`, attempt)
        .down(`x${attempt}`)
        .wait(PROMISES.leaseMs)
        .leaseOver('a', `x${attempt}`, attempt);
    return write.end('a', null, 3, { end: 'failed', payload: 'lost', lost: true });
  });
  right('tasks that wait while all nodes are full or do not know them', (write) => {
    write.up('one', ['g'], { poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
    write.accept('a', { definition: 'g' }).claim('a', 'one').began('a', 'one').accept('b', { definition: 'g' });
    return write.wait(9_000).returned('a', 'one').end('a', 'one').run('b', 'one');
  });
  right('leases that run out because nobody could use the store', (write) =>
    write.accept('a').claim('a', 'n').wait(9_000).add({ type: 'storeBack' }).leaseOver('a', 'n').run('a', 'm', 2),
  );
  right('a cancel that a node cannot hear, because its event loop is blocked', (write) =>
    write
      .accept('a')
      .claim('a', 'n')
      .add({ type: 'loopBlocked', node: 'n', ms: 900 })
      .add({ type: 'cancelAsked', id: 'a' })
      .wait(800)
      .end('a', 'n'),
  );
  test('what began a moment before may have been admitted later, if it is more urgent', () => {
    const write = new Writer().up('n', ['f'], { poolSize: 1, reserveNormal: 0, reserveHigh: 1 });
    for (const [id, priority] of [
      ['a', 'high'],
      ['b', 'low'],
    ] as const) {
      write.accept(id, { priority }).claim(id, 'n').began(id, 'n', 1, { priority });
    }
    write.end('a', 'n').end('b', 'n');
    assert.equal(write.broken().length, 1);
    assert.deepEqual(write.broken({ startMs: 100 }), []);
  });
  right('critical tasks beyond every limit', (write) => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of ids)
      write.accept(id, { priority: 'critical' }).claim(id, 'n').began(id, 'n', 1, { priority: 'critical' });
    for (const id of ids) write.end(id, 'n');
    return write;
  });
  right('a child that runs in the slot of its parent, which waits for it', (write) => {
    const one: [string, string[], { poolSize: number; reserveNormal: number; reserveHigh: number }] = [
      'one',
      ['f'],
      { poolSize: 1, reserveNormal: 0, reserveHigh: 0 },
    ];
    write
      .up(...one)
      .accept('a')
      .claim('a', 'one')
      .began('a', 'one')
      .add({ type: 'suspended', run: tokenOf('a', 'one') });
    write
      .began('child', 'one', 1, { isChild: true })
      .returned('child', 'one')
      .add({ type: 'resumed', run: tokenOf('a', 'one') });
    return write.returned('a', 'one').end('a', 'one');
  });
});
