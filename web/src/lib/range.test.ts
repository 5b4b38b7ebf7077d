import { expect, test } from 'vitest';
import { describe, moment, resolve } from './range';

const now = Date.UTC(2026, 10, 22, 12);

test('what is so long ago, in all ways the API reads', () => {
  for (const text of ['-1h30m', 'now-1h30m', '1h30m', '1h30m ago', ' -90m '])
    expect(moment(text, now), text).toBe(now - 90 * 60e3);
  for (const text of ['', '-', 'now-', 'ago', '1h30', '-1x', 'now+1h']) expect(moment(text, now), text).toBeNull();
});

test('a range of Grafana is called what it is', () => {
  expect(describe({ from: 'now-15m', to: 'now' })).toBe('Last 15 min');
  expect(describe({ from: 'now-45m', to: 'now' })).toBe('Last 45m');
  expect(resolve({ from: 'now-15m', to: 'now' }, now)).toEqual({ from: now - 15 * 60e3, to: now });
});
