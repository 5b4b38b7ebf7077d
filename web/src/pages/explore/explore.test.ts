import { expect, test } from 'vitest';
import { familiesOf, findFamilies, mistakeOf, offersOf, unitOfQuery } from './metrics';
import { calculate, commonLabels, gridOf, heatOf, nameOf, onGrid, thinned, timesOf } from './prometheus';

const names = [
  'http_requests_total',
  'http_request_duration_seconds_bucket',
  'http_request_duration_seconds_sum',
  'http_request_duration_seconds_count',
  'rpc_seconds_sum',
  'rpc_seconds_count',
  'up',
  'page_count',
];

test('the series of a histogram are one family', () => {
  const found = familiesOf(names, { http_requests_total: [{ type: 'counter', help: 'Requests.' }] });
  expect(found.map((f) => [f.name, f.kind])).toEqual([
    ['http_request_duration_seconds', 'histogram'],
    ['http_requests_total', 'counter'],
    ['page_count', 'unknown'],
    ['rpc_seconds', 'summary'],
    ['up', 'unknown'],
  ]);
  expect(findFamilies(found, 'dur http').map((f) => f.name)).toEqual(['http_request_duration_seconds']);
  expect(findFamilies(found, 'requests.').map((f) => f.name)).toEqual(['http_requests_total']);
});

test('counters are offered with rate, histograms with quantiles', () => {
  const [histogram, counter] = familiesOf(names, {});
  expect(offersOf(counter!)[0]!.expr).toBe('sum(rate(http_requests_total[5m]))');
  expect(offersOf(histogram!)[0]!.expr).toBe(
    'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))',
  );
  expect(offersOf({ ...histogram!, classic: false })[0]!.expr).toBe(
    'histogram_quantile(0.95, sum(rate(http_request_duration_seconds[5m])))',
  );
});

test.each([
  ['histogram_quantile(0.95, sum by (le) (rate(a_duration_seconds_bucket[5m])))', 's'],
  ['sum by (model) (rate(llm_cost_usd_total[5m])) * 3600', 'currencyUSD'],
  ['rate(process_network_receive_bytes_total[5m])', 'binBps'],
  ['go_memstats_alloc_bytes', 'bytes'],
  ['sum(rate(a_seconds_sum[5m])) / sum(rate(a_seconds_count[5m]))', 's'],
  ['sum(rate(llm_calls_total{status="x_bytes"}[5m])) / sum(rate(llm_calls_total[5m]))', 'percentunit'],
  ['sum(rate(http_requests_total[5m]))', undefined],
  ['sum by (le) (rate(a_seconds_bucket[5m]))', undefined],
  ['count(a_bytes)', undefined],
  ['up', undefined],
])('the unit of %s is %s', (expr, want) => expect(unitOfQuery(expr)).toBe(want));

test.each([
  [
    'invalid parameter "query": 1:6: parse error: unclosed left parenthesis',
    'rate(',
    { message: 'unclosed left parenthesis', at: 5 },
  ],
  ['invalid parameter "query": 2:3: parse error: x', 'up\n+ é', { message: 'x', at: 5 }],
  ['query timed out', 'up', { message: 'query timed out' }],
])('%s', (message, expr, want) => expect(mistakeOf(message, expr)).toEqual(want));

test('samples lie on the grid, and what is missing or no number is a gap', () => {
  const g = gridOf(1_001, 61_000, 15_000);
  expect(timesOf(g)).toEqual([15_000, 30_000, 45_000, 60_000]);
  expect(
    onGrid(
      [
        [15, '1'],
        [45, 'NaN'],
        [60, '+Inf'],
        [75, '5'],
      ],
      g,
    ),
  ).toEqual([1, null, null, null]);
});

test('names leave out what all series have alike', () => {
  const all = [
    { __name__: 'a', job: 'x', i: '1' },
    { __name__: 'a', job: 'x', i: '2' },
  ];
  expect(nameOf(all[0]!, commonLabels(all))).toBe('a{i="1"}');
  expect(nameOf({ job: 'x' })).toBe('{job="x"}');
});

test.each([
  ['mean', 2],
  ['max', 4],
  ['last', null],
  ['lastNotNull', 1],
  ['count', 3],
  ['delta', 4],
  ['range', 3],
])('%s', (calc, want) => expect(calculate([1, null, 4, 1, null], calc)).toBe(want));

test('buckets of native histograms add up over series', () => {
  const g = gridOf(0, 15_000, 15_000);
  const h = (count: string) =>
    ({ metric: {}, histograms: [[15, { count, sum: '1', buckets: [[0, '1', '2', count]] }]] }) as Parameters<
      typeof heatOf
    >[0][number];
  expect(heatOf([h('2'), h('3')], g)).toEqual([{ lower: 1, upper: 2, values: [null, 5] }]);
});

test('of exemplars the highest of a stretch stays, and those without a trace go', () => {
  const g = gridOf(0, 120_000, 15_000);
  const e = (timestamp: number, value: string, trace_id?: string) => ({
    timestamp,
    value,
    labels: (trace_id ? { trace_id } : {}) as Record<string, string>,
  });
  expect(
    thinned(
      'A',
      { data: [{ seriesLabels: {}, exemplars: [e(1, '1', 'a'), e(2, '3', 'b'), e(40, '2', 'c'), e(60, '9')] }] },
      g,
    ).map((x) => x.trace_id),
  ).toEqual(['b', 'c']);
});
