/** What a task throws. */
import { fails, keeps, says } from '../rules.ts';
import { task, type Row } from './row.ts';

export const errors = {
  'own-error': {
    title: 'throws an error with `code`, a property, `cause` and a class of its own',
    expected: 'name, message, code, property and cause are there',
    rule: fails(
      keeps({
        name: ({ name }) => name === 'PaymentError',
        message: ({ message }) => message === 'declined',
        code: ({ code }) => code === 'E_DECLINED',
        property: ({ detail }) => JSON.stringify(detail) === '{"amount":5}',
        cause: ({ cause }) => cause?.name === 'RangeError' && cause.message === 'over the limit',
      }),
      'as it was thrown',
    ),
    submit: task('throwsOwnError'),
  },
  aggregate: {
    title: 'throws an AggregateError',
    expected: 'name, message and the errors in it are there',
    rule: fails(
      keeps({
        name: ({ name }) => name === 'AggregateError',
        message: ({ message }) => message === 'both',
        errors: ({ errors: inner }) => inner.map(({ name }) => name).join() === 'TypeError,RangeError',
      }),
      'as it was thrown',
    ),
    submit: task('throwsAggregate'),
  },
  'dom-exception': {
    title: 'throws a DOMException',
    expected: 'name and message are there',
    rule: fails(
      keeps({
        name: ({ name }) => name === 'NotFoundError',
        message: ({ message }) => message === 'no such row',
      }),
      'as it was thrown',
    ),
    submit: task('throwsDomException'),
  },
  'throws-undefined': {
    title: 'throws `undefined`',
    expected: 'an Error',
    rule: fails(),
    submit: task('throwsUndefined'),
  },
  'throws-function': {
    title: 'throws a function',
    expected: 'an Error',
    rule: fails(),
    submit: task('throwsFunction'),
  },
  'throws-proxy': {
    title: 'throws a Proxy',
    expected: 'an Error',
    rule: fails(),
    submit: task('throwsProxy'),
  },
  getters: {
    title: 'throws an error with a getter that throws',
    expected: 'an Error with its message',
    rule: fails(says(/half broken/), 'message is there'),
    submit: task('throwsWithGetters'),
  },
  circular: {
    title: 'throws an error that refers to itself',
    expected: 'an Error with its message',
    rule: fails(says(/in a circle/), 'message is there'),
    submit: task('throwsCircular'),
  },
} as const satisfies Record<string, Row>;
