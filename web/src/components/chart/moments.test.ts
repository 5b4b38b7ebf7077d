import { expect, test } from 'vitest';
import { atMark, roundMoments } from './moments';

const at = (text: string) => Date.parse(text);
const marks = (from: string, to: string, most: number, zone: string) =>
  roundMoments(at(from), at(to), most, zone).map((t) => atMark(t, at(to) - at(from), zone));

test.each([
  ['2026-01-15T12:03:20Z', '2026-01-15T12:18:20Z', 8, 'UTC', '12:04 12:06 12:08 12:10 12:12 12:14 12:16 12:18'],
  ['2026-01-15T12:03:20Z', '2026-01-15T13:03:20Z', 5, 'UTC', '12:15 12:30 12:45 13:00'],
  ['2026-01-15T12:03:20Z', '2026-01-15T13:03:20Z', 2, 'Asia/Kolkata', '18:00 18:30'],
  ['2026-01-15T12:00:01Z', '2026-01-15T12:00:04Z', 5, 'UTC', '12:00:01 12:00:02 12:00:03 12:00:04'],
  ['2026-01-15T12:00:00Z', '2026-01-16T12:00:00Z', 4, 'Europe/Berlin', '18:00 Jan 16 06:00 12:00'],
  ['2026-01-10T12:00:00Z', '2026-01-16T12:00:00Z', 4, 'UTC', 'Jan 11 Jan 13 Jan 15'],
])('from %s to %s at most %d in %s', (from, to, most, zone, want) =>
  expect(marks(from, to, most, zone).join(' ')).toBe(want),
);
