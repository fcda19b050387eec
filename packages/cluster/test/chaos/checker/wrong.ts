import { tokenOf, type Writer } from './histories.ts';

/** A history that breaks a rule, and a part of what is said about it. */
type Wrong = readonly [title: string, write: (writer: Writer) => Writer, message: RegExp];

const HALF_A_DAY = 43_200_000;
const ASYNC = { tt: 'async' } as const;

/** By the rule that they break. */
export const WRONG: Readonly<Record<string, readonly Wrong[]>> = {
  'every accepted task ends once, and the same for all': [
    ['it never ends', (write) => write.accept('a').claim('a', 'n'), /not ended/],
    [
      'it vanishes from the store after its acceptance was told',
      (write) => write.add({ type: 'acceptedSeen', submitter: 's', id: 'a' }),
      /did not have it/,
    ],
    ['it ends twice', (write) => write.accept('a').run('a', 'n').end('a', 'n'), /ended twice/],
    [
      'two ends are told',
      (write) => write.accept('a').run('a', 'n').seen('a', { payload: 'of 2' }),
      /two ends were told/,
    ],
    [
      'what is told is not what the store has',
      (write) =>
        write
          .accept('a')
          .claim('a', 'n')
          .add({ type: 'ended', id: 'a', token: tokenOf('a', 'n'), end: 'failed', payload: '', lost: false })
          .seen('a'),
      /the store has failed/,
    ],
    [
      'its submitter is not told',
      (write) =>
        write
          .accept('a')
          .claim('a', 'n')
          .add({ type: 'ended', id: 'a', token: tokenOf('a', 'n'), end: 'completed', payload: '', lost: false }),
      /nobody was told/,
    ],
    [
      'only another program is told',
      (write) => write.accept('a').add({ type: 'acceptedSeen', submitter: 't', id: 'a' }).run('a', 'n'),
      /t was not told/,
    ],
    [
      'its handle settles twice',
      (write) => write.accept('a').run('a', 'n').handle('a').handle('a'),
      /handle in s has settled twice/,
    ],
    [
      'its handle settles otherwise than the store says',
      (write) => write.accept('a').run('a', 'n').handle('a', 'failed'),
      /handle in s has failed .*and the store completed/,
    ],
    [
      'its handle has the value of another run',
      (write) => write.accept('a').run('a', 'n').handle('a', 'completed', 'of 2'),
      /handle in s has completed of 2/,
    ],
    [
      'its handle does not settle',
      (write) => write.accept('a').accept('b').run('a', 'n').run('b', 'n').handle('a'),
      /handle in s has not settled/,
    ],
    ['what ends was never accepted', (write) => write.end('a', 'n'), /never accepted/],
  ],
  'a task is claimed by one node at a time, and its attempts are counted without runs that were handed back': [
    ['it is accepted twice', (write) => write.accept('a').accept('a').run('a', 'n'), /accepted twice/],
    [
      'it is claimed before it is accepted',
      (write) => write.claim('a', 'n').accept('a').run('a', 'n', 2),
      /before it was accepted/,
    ],
    ['two nodes have it', (write) => write.accept('a').claim('a', 'n').run('a', 'm', 2), /while n had it/],
    ['it is claimed after its end', (write) => write.accept('a').run('a', 'n').claim('a', 'n', 2), /after its end/],
    [
      'two claims have one token',
      (write) => write.accept('a').claim('a', 'n').release('a', 'n').run('a', 'n'),
      /two claims have the token/,
    ],
    [
      'a lost run is not counted',
      (write) => write.accept('a').claim('a', 'm').down('m').wait(1_000).leaseOver('a', 'm').run('a', 'n', 1),
      /as attempt 1, which is attempt 2/,
    ],
    [
      'a run that was handed back is counted',
      (write) => write.accept('a').claim('a', 'm').release('a', 'm').run('a', 'n', 2),
      /as attempt 2, which is attempt 1/,
    ],
    [
      'a run that was handed back, and may have begun, is not counted',
      (write) => write.accept('a').claim('a', 'm').release('a', 'm', 1, true).run('a', 'n', 1),
      /as attempt 1, which is attempt 2/,
    ],
    [
      'it fails as lost too early',
      (write) =>
        write
          .accept('a')
          .claim('a', 'm')
          .down('m')
          .wait(1_000)
          .leaseOver('a', 'm')
          .end('a', null, 1, { end: 'failed', lost: true }),
      /lost after 1 of its claims/,
    ],
  ],
  'a function begins only for a claim of its node, and once for each': [
    [
      'it begins without a claim',
      (write) => write.accept('a').began('a', 'm').run('a', 'n'),
      /began on m without a claim/,
    ],
    [
      'it begins before its claim',
      (write) => write.accept('a').began('a', 'n').claim('a', 'n').end('a', 'n'),
      /without a claim/,
    ],
    [
      'it begins twice',
      (write) => write.accept('a').claim('a', 'n').began('a', 'n').returned('a', 'n').began('a', 'n').end('a', 'n'),
      /once more than it was claimed/,
    ],
  ],
  'an end is taken from the last claim only': [
    [
      'the end of a dead node is taken',
      (write) =>
        write.accept('a').claim('a', 'm').down('m').wait(1_000).leaseOver('a', 'm').claim('a', 'n', 2).end('a', 'm', 1),
      /not its last claim/,
    ],
    [
      'an end is taken of a run that was handed back',
      (write) => write.accept('a').claim('a', 'n').release('a', 'n').end('a', 'n'),
      /not its last claim/,
    ],
    [
      'the end of the last claim is dropped',
      (write) =>
        write
          .accept('a')
          .claim('a', 'n')
          .add({ type: 'fenced', node: 'n', id: 'a', token: tokenOf('a', 'n') })
          .end('a', 'n'),
      /was dropped, which holds it/,
    ],
    [
      'a node hands back what another one has',
      (write) => write.accept('a').claim('a', 'n').release('a', 'm').run('a', 'n', 1),
      /did not hold it/,
    ],
    [
      'it is ended while a node has it',
      (write) => write.accept('a').claim('a', 'n').end('a', null),
      /ended while n had it/,
    ],
  ],
  'a node gets the most urgent tasks first, and of one priority the oldest': [
    [
      'a less urgent one is taken',
      (write) => write.accept('a', { priority: 'low' }).accept('b').run('a', 'n').run('b', 'n'),
      /n got a \(low\) and left this one \(normal\)/,
    ],
    ['a younger one is taken', (write) => write.accept('a').accept('b').run('b', 'n').run('a', 'n'), /n got b/],
    [
      'one that got its priority later is taken',
      (write) =>
        write
          .accept('a', { priority: 'low' })
          .accept('b')
          .add({ type: 'priorityChanged', id: 'a', priority: 'normal' })
          .run('a', 'n')
          .run('b', 'n'),
      /n got a/,
    ],
    [
      'one that was handed back goes to the end of the line',
      (write) => write.accept('a').accept('b').claim('a', 'n').release('a', 'n').run('b', 'n').run('a', 'm'),
      /n got b/,
    ],
    [
      'one that was due earlier is left',
      (write) => write.accept('a', { dueAt: 10 }).wait(10).accept('b').run('b', 'n').run('a', 'n'),
      /n got b/,
    ],
    [
      'one of another type is left, for which there was room',
      (write) => {
        const room = { low: 1, normal: 1, high: 1, critical: 1 };
        const chose = { type: 'chose', node: 'n', definitions: ['f'], most: 1, tokens: [tokenOf('a', 'n')] } as const;
        write.accept('a', { priority: 'low' }).accept('b', ASYNC).claim('a', 'n');
        return write
          .add({ ...chose, room: { thread: room, async: room } })
          .end('a', 'n')
          .run('b', 'n');
      },
      /n got a \(low\) and left this one/,
    ],
  ],
  'a node gets no more tasks of a priority than it has room for, and only those that it knows': [
    [
      'it gets one that it does not know',
      (write) => write.accept('a', { definition: 'g' }).run('a', 'n'),
      /has no function g/,
    ],
    [
      'it gets more of a priority than it has room for',
      (write) => {
        const room = { low: 0, normal: 1, high: 2, critical: 9 };
        const tokens = [tokenOf('a', 'n'), tokenOf('b', 'n')];
        write.accept('a').accept('b').claim('a', 'n').claim('b', 'n');
        return write
          .add({ type: 'chose', node: 'n', definitions: ['f'], most: 9, room: { thread: room }, tokens })
          .end('a', 'n')
          .end('b', 'n');
      },
      /room for 1 thread tasks of priority normal and got 2/,
    ],
    [
      'it gets more than it has asked for',
      (write) =>
        write
          .accept('a')
          .claim('a', 'n')
          .add({
            type: 'chose',
            node: 'n',
            definitions: ['f'],
            most: 0,
            room: { thread: { low: 9, normal: 9, high: 9, critical: 9 } },
            tokens: [tokenOf('a', 'n')],
          })
          .end('a', 'n'),
      /asked for 0 tasks and got 1/,
    ],
  ],
  'no function begins in a slot that is reserved for a higher priority': [
    [
      'a low task begins in the reserve of normal ones',
      (write) => {
        for (const id of ['a', 'b', 'c'])
          write.accept(id, { priority: 'low' }).claim(id, 'n').began(id, 'n', 1, { priority: 'low' });
        return write.end('a', 'n').end('b', 'n').end('c', 'n');
      },
      /as low beside 2 thread tasks, of at most 2/,
    ],
  ],
  'a delayed task is not claimed before it is due, by the clock of the store': [
    ['it is claimed early', (write) => write.accept('a', { dueAt: HALF_A_DAY }).run('a', 'n'), /ms before it was due/],
    [
      'it joins its line early',
      (write) => write.accept('a', { dueAt: 500 }).add({ type: 'queued', id: 'a' }).wait(500).run('a', 'n'),
      /ms before it was due/,
    ],
  ],
  'a cancelled task that no node has had never runs, and the node that has one is told': [
    [
      'it is removed and begins',
      (write) => write.accept('a').end('a', null).began('a', 'n'),
      /removed by a cancel, and began/,
    ],
    [
      'it is answered that it was removed, and it is not',
      (write) => write.accept('a').add({ type: 'cancelAnswered', id: 'a', answer: 'removed' }).run('a', 'n'),
      /answered with removed/,
    ],
    [
      'its node is not told',
      (write) => write.accept('a').claim('a', 'n').add({ type: 'cancelAsked', id: 'a' }).wait(500).end('a', 'n'),
      /was not told/,
    ],
    [
      'another node gets it',
      (write) =>
        write.accept('a').claim('a', 'm').add({ type: 'cancelAsked', id: 'a' }).release('a', 'm').run('a', 'n'),
      /after it was asked to be cancelled/,
    ],
    [
      'a node is told to cancel what nobody has asked for',
      (write) => write.accept('a').claim('a', 'n').add({ type: 'cancelTold', node: 'n', id: 'a' }).end('a', 'n'),
      /nobody had asked/,
    ],
    [
      'nobody has called it',
      (write) =>
        write
          .accept('a')
          .add({ type: 'ended', id: 'a', token: null, end: 'canceled', payload: '', lost: false })
          .seen('a', { end: 'canceled', payload: '' }),
      /nobody had called it/,
    ],
    [
      'the store does not find it',
      (write) => write.accept('a').add({ type: 'cancelAnswered', id: 'a', answer: 'unknown' }).run('a', 'n'),
      /answered with unknown/,
    ],
  ],
  'no task waits for long while a node that knows it has room for it': [
    ['nobody looks for work', (write) => write.accept('a').wait(2_100).run('a', 'n'), /as normal while n had room/],
    ['it is never claimed', (write) => write.accept('a').wait(2_100).accept('b').run('b', 'n'), /while n had room/],
    [
      'a critical task waits for one that runs',
      (write) => {
        write.up('one', ['g'], { poolSize: 1, reserveNormal: 0, reserveHigh: 0 });
        write.accept('a', { definition: 'g' }).claim('a', 'one').began('a', 'one');
        return write.accept('b', { definition: 'g', priority: 'critical' }).wait(2_100).end('a', 'one').run('b', 'one');
      },
      /as critical while one had room/,
    ],
  ],
  'a node that runs does not lose what it has claimed': [
    [
      'it loses it before the lease is over',
      (write) => write.accept('a').claim('a', 'm').down('m').leaseOver('a', 'm').run('a', 'n', 2),
      /ms before its lease/,
    ],
    [
      'its lease is not renewed',
      (write) => write.accept('a').claim('a', 'n').wait(1_000).leaseOver('a', 'n').run('a', 'm', 2),
      /lost it while it ran/,
    ],
  ],
  'a task whose node is gone is found in time, while another node runs': [
    [
      'nobody looks for it',
      (write) => write.accept('a').claim('a', 'm').down('m').wait(3_100).leaseOver('a', 'm').run('a', 'n', 2),
      /kept it for/,
    ],
    [
      'it is never found',
      (write) => write.accept('a').claim('a', 'm').down('m').wait(9_000).accept('b').run('b', 'n'),
      /kept it for/,
    ],
  ],
};
