import { expect, it } from 'vitest';
import { asLocal, fromLocal, inUTC } from './times';

it('reads local times and UTC', () => {
  expect(fromLocal('2026-01-31 14:05')).toBe(new Date(2026, 0, 31, 14, 5).toISOString());
  expect(fromLocal('2026-01-31T14:05:09')).toBe(new Date(2026, 0, 31, 14, 5, 9).toISOString());
  expect(fromLocal('2026-01-31 14:05Z')).toBe('2026-01-31T14:05:00.000Z');
  expect(fromLocal(' -15m ')).toBe('-15m');
  expect(fromLocal('2026-13-31 14:05')).toBe('2026-13-31 14:05');
});

it('writes local times that are read as the same moment', () => {
  expect(fromLocal(asLocal('2026-01-31T14:05:09.000Z'))).toBe('2026-01-31T14:05:09.000Z');
  expect(asLocal('-1h')).toBe('-1h');
  expect(asLocal('now')).toBe('now');
});

it('names UTC', () => expect(inUTC(0)).toBe('1970-01-01 00:00:00 UTC'));
