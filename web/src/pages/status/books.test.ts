import { describe, expect, it } from 'vitest';
import { advice, reasons, verdict } from './books';

const books = (o: Partial<Parameters<typeof verdict>[0]>) => ({
  received: 0,
  accepted: 0,
  duplicate: 0,
  rejected: 0,
  dropped: 0,
  stored: 0,
  stored_spans: 0,
  stored_logs: 0,
  sampled: 0,
  expired: 0,
  quarantined: 0,
  imbalance: 0,
  entries: [],
  ...o,
});

describe('verdict', () => {
  it.each([
    [{}, 'ok', 'Nothing has been received yet.'],
    [
      { received: 10, accepted: 10, stored: 10 },
      'ok',
      'The books add up: all of 10 records received are accounted for, none was lost.',
    ],
    [
      { received: 10, accepted: 8, rejected: 2 },
      'warn',
      'The books add up: nothing was lost. 2 records were refused, and the senders were told why.',
    ],
    [
      { received: 10, accepted: 9, dropped: 1 },
      'err',
      'The books add up, and 1 record of 10 was lost: the reasons are below.',
    ],
  ] as const)('%o', (o, state, text) => expect(verdict(books(o))).toEqual({ state, text }));
  it('does not call a hole a balance', () => {
    expect(verdict(books({ received: 10, imbalance: 3, dropped: 1 }))).toMatchObject({
      state: 'err',
      text: expect.stringContaining('do not add up: 3 records') as string,
    });
  });
});

it('gives reasons, most first, without what went well', () => {
  const entry = (outcome: string, count: number, reason?: string) => ({ signal: 'spans', outcome, reason, count });
  expect(
    reasons(
      books({
        entries: [entry('accepted', 90), entry('rejected', 2, 'too large'), entry('duplicate', 5), entry('dropped', 0)],
      }),
    ).map((e) => e.outcome),
  ).toEqual(['duplicate', 'rejected']);
});

it('knows what to do', () => {
  expect(advice('the disk of the data folder is full')).toContain('Make room');
  expect(advice('something else')).toBeUndefined();
});
