import { expect, test } from 'vitest';
import { inZone, zoneOf } from './zone';

test.each([
  [undefined, undefined],
  ['browser', undefined],
  ['utc', 'UTC'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['Nowhere/Land', undefined],
])('the zone %s is %s', (name, want) => {
  expect(zoneOf(name)).toBe(want);
});

test('hours are those of the zone', () => {
  const noon = Date.UTC(2026, 0, 15, 12);
  expect([
    inZone(noon, 'UTC').getHours(),
    inZone(noon, 'Europe/Berlin').getHours(),
    inZone(noon, 'Asia/Kolkata').getMinutes(),
  ]).toEqual([12, 13, 30]);
  expect(inZone(noon, undefined).getTime()).toBe(noon);
});
