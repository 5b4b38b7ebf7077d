import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { axisFormatter, formatter, unitIds, unitOfMetric } from './units';

test.each([
  [undefined, undefined, 1234, '1,234'],
  ['none', undefined, 0.123456, '0.123'],
  ['none', 1, 2.25, '2.3'],
  ['short', undefined, 1234, '1.23k'],
  ['short', 0, 1234567, '1.23M'],
  ['short', 0, 345678, '346k'],
  ['short', 2, 1234, '1.23k'],
  ['short', 0, 35, '35'],
  ['percentunit', undefined, 0.1234, '12.3 %'],
  ['percentunit', 2, 0.0084, '0.84 %'],
  ['percent', 1, 12.34, '12.3 %'],
  ['s', undefined, 0.25, '250 ms'],
  ['s', undefined, 3725, '1 h 2 min'],
  ['s', 2, 1.239, '1.24 s'],
  ['s', 1, 0.0125, '12.5 ms'],
  ['ms', undefined, 1500, '1.5 s'],
  ['s', undefined, 0, '0 s'],
  ['m', undefined, 90, '1 h 30 min'],
  ['bytes', undefined, 1536, '1.5 KiB'],
  ['bytes', 1, 1536, '1.5 KiB'],
  ['decbytes', undefined, 1_500_000, '1.5 MB'],
  ['mbytes', undefined, 2, '2 MiB'],
  ['Bps', undefined, 2500, '2.5 kB/s'],
  ['binBps', undefined, 2048, '2 KiB/s'],
  ['reqps', undefined, 3.4567, '3.46 req/s'],
  ['cpm', undefined, 12, '12 /min'],
  ['currencyUSD', 2, 12.3, '$12.30'],
  ['currencyUSD', 2, 0.00123, '$0.00123'],
  ['currencyUSD', 2, 0, '$0.00'],
  ['currencyUSD', 6, 2.2e-7, '$0.00000022'],
  ['currencyEUR', undefined, 3.2e-13, '<€0.000000000001'],
  ['currencyUSD', undefined, -2.5, '-$2.50'],
  ['currencyEUR', 2, 1234.5, '€1,234.50'],
  ['dthms', undefined, 3725, '01:02:05'],
  ['clocks', undefined, 65, '01m:05s'],
  ['bool_yes_no', undefined, 0, 'no'],
  ['hex', undefined, 255, 'FF'],
  ['suffix: foos', undefined, 3, '3 foos'],
  ['suffix:x', undefined, 3, '3 x'],
  ['prefix:~', undefined, 3, '~3'],
  ['parsec', undefined, 3, '3 parsec'],
  ['__proto__', undefined, 3, '3 __proto__'],
])('%s with %s decimals writes %d as %s', (unit, decimals, value, want) => {
  expect(formatter(unit, decimals)(value)).toBe(want);
});

test('what is not there is a dash, or what the panel says', () => {
  expect(formatter('s')(null)).toBe('–');
  expect(formatter('s', undefined, 'nothing yet')(null)).toBe('nothing yet');
  expect(formatter('s')(NaN)).toBe('–');
  expect(formatter('bytes')(Infinity)).toBe('∞');
});

test('every unit that the server knows has a formatter', () => {
  const source = readFileSync(new URL('../../../internal/dashboard/units.go', import.meta.url), 'utf8');
  const table = /units = map\[string\]\[\]string\{([^]*?)\n\}/.exec(source)![1]!;
  const ids = [...table.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
    [...list!.matchAll(/"([^"]+)"/g)].map(([, id]) => id!),
  );
  expect(ids.length).toBeGreaterThan(60);
  expect(ids.filter((id) => !unitIds().includes(id))).toEqual([]);
});

test.each([
  ['http_request_duration_seconds_bucket', 's'],
  ['llm_cost_usd_total', 'currencyUSD'],
  ['go_memstats_alloc_bytes', 'bytes'],
  ['http_requests_total', undefined],
  ['http_request_duration_seconds_count', undefined],
])('the name %s says %s', (name, want) => expect(unitOfMetric(name)).toBe(want));

test('ticks have no zeros behind the point', () => {
  expect([4000, 0.5, 2.5].map(axisFormatter('currencyUSD'))).toEqual(['$4,000', '$0.5', '$2.50']);
});
