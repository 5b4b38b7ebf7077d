import { describe, expect, it } from 'vitest';
import { comparedTimes, differences, readGroups, type Counted } from './changes';

const group = (name: string, g: Partial<Counted>) => new Map([[name, { count: 0, errors: 0, ...g }]]);
const whats = (before: Partial<Counted>, now: Partial<Counted>) =>
  differences('model', group('m', before), group('m', now)).map((d) => `${d.what} ${d.before} ${d.now} ${d.change}`);

describe('readGroups', () => {
  it('adds statuses up and takes the p95 of what went well', () => {
    const got = readGroups({
      group: ['model', 'status'],
      columns: [
        { name: 'count', unit: '1' },
        { name: 'sum(cost)', unit: 'usd' },
        { name: 'p95(duration)', unit: 'ns' },
      ],
      rows: [
        { keys: ['m', 'ok'], values: [90, 1.5, 7e9] },
        { keys: ['m', 'error'], values: [10, null, 1e9] },
      ],
    });
    expect(got.get('m')).toEqual({ count: 100, errors: 10, cost: 1.5, p95: 7e9 });
  });
});

describe('differences', () => {
  it('leaves out what may be chance', () => {
    expect(whats({ count: 10 }, { count: 14 })).toEqual([]);
    expect(whats({ count: 2, errors: 0 }, { count: 3, errors: 1 })).toEqual([]);
    expect(whats({ count: 1, cost: 5 }, { count: 1, cost: 15 })).toEqual([]);
  });
  it('tells more calls, new and gone ones', () => {
    expect(whats({ count: 100 }, { count: 200 })).toEqual(['calls 100 200 +100 %']);
    expect(whats({ count: 0 }, { count: 30 })).toEqual(['calls 0 30 new']);
    expect(whats({ count: 30 }, { count: 0 })).toEqual(['calls 30 0 gone']);
  });
  it('tells more errors in as many calls', () => {
    expect(whats({ count: 200, errors: 2 }, { count: 200, errors: 30 })).toEqual(['errors 1 % 15 % +14 pt']);
  });
  it('tells slower calls where there are enough', () => {
    expect(whats({ count: 100, p95: 1e9 }, { count: 100, p95: 2e9 })).toEqual(['p95 1 s 2 s +100 %']);
    expect(whats({ count: 30, p95: 1e9 }, { count: 30, p95: 2e9 })).toEqual([]);
  });
  it('puts the largest first', () => {
    const before = new Map([
      ['a', { count: 100, errors: 0 }],
      ['b', { count: 100, errors: 0 }],
    ]);
    const now = new Map([
      ['a', { count: 160, errors: 0 }],
      ['b', { count: 900, errors: 0 }],
    ]);
    expect(differences('service', before, now).map((d) => d.name)).toEqual(['b', 'a']);
  });
  it('has no line for calls without a key', () => {
    expect(differences('key', group('', { count: 50, cost: 1 }), group('', { count: 500, cost: 10 }))).toEqual([]);
  });
});

it('compares equal times an hour apart', () => {
  const end = Date.UTC(2026, 0, 2, 12);
  expect(comparedTimes(end)).toEqual({
    now: { from: '2026-01-02T11:45:00.000Z', to: '2026-01-02T12:00:00.000Z' },
    before: { from: '2026-01-02T10:45:00.000Z', to: '2026-01-02T11:00:00.000Z' },
  });
});
