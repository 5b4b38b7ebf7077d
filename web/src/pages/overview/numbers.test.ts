import { describe, expect, it } from 'vitest';
import { readMatrix } from './batch';
import { change, keyFigures, midnight } from './numbers';

const n = String;

describe('change', () => {
  it.each([
    [110, 100, '+10 %', 'up'],
    [50, 100, '−50 %', 'down'],
    [100, 100, '±0 %', 'same'],
    [100.2, 100, '±0 %', 'same'],
    [5, 0, 'from 0', 'up'],
    [0, 0, '±0', 'same'],
    [1500, 100, '×15', 'up'],
  ])('%d after %d is %s', (now, before, text, direction) => {
    expect(change(now, before, n)).toMatchObject({ text, direction });
  });
  it('of shares is in percentage points', () => {
    expect(change(0.05, 0.02, n, { share: true })).toMatchObject({ text: '+3 pt', direction: 'up' });
    expect(change(0.02, 0.02, n, { share: true })).toMatchObject({ text: '±0 pt', direction: 'same' });
  });
  it('says where it rests on few events', () => {
    const got = change(4, 2, n, { events: 3 });
    expect(got.text).toBe('+100 %, few');
    expect(got.title).toContain('only about 3 events');
  });
  it('does not call what was not measured a change', () => {
    expect(change(1, null, n)).toMatchObject({ text: 'none 1 h ago', direction: 'none' });
    expect(change(null, 1, n)).toMatchObject({ text: 'gone', title: 'an hour ago: 1' });
    expect(change(null, null, n)).toMatchObject({ text: '–' });
  });
});

describe('keyFigures', () => {
  const batch = (parts: Record<string, [string, string]>) =>
    readMatrix(
      {
        data: {
          result: Object.entries(parts).map(([id, [before, now]]) => ({
            metric: { __part: id },
            values: [
              [0, before],
              [3600, now],
            ] as [number, string][],
          })),
        },
      },
      0,
      3600,
      3600,
    );
  const titled = (figures: ReturnType<typeof keyFigures>, title: string) => figures.find((f) => f.title === title);

  it('takes HTTP requests where there are any', () => {
    const got = keyFigures(batch({ requests: ['2', '4'], request_errors: ['0', '1'], calls: ['9', '9'] }), 3);
    expect(titled(got, 'Requests')).toMatchObject({ value: '4', unit: '/s', change: { text: '+100 %' } });
    expect(titled(got, 'Errors')).toMatchObject({ value: '25', unit: '%', change: { text: '+25 pt' } });
    expect(titled(got, 'Cost today')?.value).toBe('$3.00');
  });
  it('else takes model calls', () => {
    const got = keyFigures(batch({ calls: ['1', '2'], 'call_0.95': ['1', '1.5'] }), null);
    expect(titled(got, 'LLM calls')?.value).toBe('2');
    expect(titled(got, 'p95')).toMatchObject({
      value: '1.5',
      unit: 's',
      to: '/calls',
      search: { q: 'duration:>1500ms' },
    });
  });
  it('shows a dash for what nobody measured', () => {
    const got = keyFigures(batch({}), null);
    expect(got.map((f) => f.value)).toEqual(got.map(() => '–'));
  });
});

it('midnight is of the local day', () => {
  const at = new Date(2026, 2, 4, 15, 30);
  expect(midnight(at)).toBe(new Date(2026, 2, 4).toISOString());
});
