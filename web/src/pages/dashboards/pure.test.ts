import { expect, test } from 'vitest';
import { lookOf, thresholdColor } from './look';
import { parseInline, parseMarkdown, safeURL } from './markdown';
import { chosenOf, endOf, join, refreshOf, split, type Field, type Panel } from './model';
import { jsonOf, problemsByPanel } from './problems';

test.each([[['a']], [['a', 'b']], [['a,b', 'c\\d', '']]])('values %j come back from the address', (values) => {
  expect(split(join(values))).toEqual(values);
});

test('variables of an address', () => {
  const variables = [
    { name: 'model', multi: true },
    { name: 'job', multi: true, include_all: true },
    { name: 'service', include_all: true },
    { name: 'text' },
  ];
  expect(
    chosenOf(
      { 'var-model': 'a,b', 'var-text': 'x, y', 'var-job': 'All', 'var-service': 'All', from: '-1h' },
      variables,
    ),
  ).toEqual({
    model: ['a', 'b'],
    text: ['x, y'],
    job: ['$__all'],
    service: ['$__all'],
  });
  expect(chosenOf({ 'var-text': 'All' }, variables)).toEqual({ text: ['All'] });
});

test.each([
  ['now', 'now'],
  ['now-6h', '-6h'],
  ['2026-01-31', '2026-01-31'],
  ['1700000000000', '2023-11-14T22:13:20.000Z'],
  ['nowish', ''],
])('the end %s is %s', (text, want) => expect(endOf(text)).toBe(want));

test('now/d is the beginning of the day', () => {
  const now = new Date(2026, 10, 21, 15, 30).getTime();
  expect(endOf('now/d', now)).toBe(new Date(2026, 10, 21).toISOString());
  expect(endOf('now-1d/d', now)).toBe(new Date(2026, 10, 20).toISOString());
});

test.each([
  ['30s', 30_000],
  ['1m', 60_000],
  ['', 0],
  ['auto', 0],
  ['10ms', 1000],
])('refresh %s', (text, want) => expect(refreshOf(text)).toBe(want));

const field = (f: object) => f as Field;

test('thresholds color from their value on', () => {
  const f = field({
    thresholds: {
      percent: false,
      steps: [{ color: 'green' }, { value: 10, color: 'orange' }, { value: 20, color: '#ff0000' }],
    },
  });
  expect([5, 10, 19, 20, null].map((v) => thresholdColor(v, f))).toEqual(['--ok', '--s8', '--s8', '#ff0000', '--ok']);
  const share = field({
    min: 0,
    max: 200,
    thresholds: { percent: true, steps: [{ color: 'green' }, { value: 50, color: 'red' }] },
  });
  expect([99, 100].map((v) => thresholdColor(v, share))).toEqual(['--ok', '--err']);
});

test('mappings go before units', () => {
  const f = field({
    unit: 's',
    mappings: [
      { kind: 'value', match: '1', text: 'up', color: 'green' },
      { kind: 'range', from: 5, to: 9, text: 'some' },
      { kind: 'null', text: 'nothing' },
      { kind: 'regex', match: '/^ab/', text: 'AB' },
    ],
  });
  expect([1, 7, null, 3, 'abc', 'x'].map((v) => lookOf(v, f).text)).toEqual([
    'up',
    'some',
    'nothing',
    '3 s',
    'AB',
    'x',
  ]);
  expect(lookOf(1, f).color).toBe('--ok');
});

test.each([
  ['https://example.com/a?b', true],
  ['/dashboards/x', true],
  ['#top', true],
  ['logs?q=a', true],
  ['javascript:alert(1)', false],
  ['JaVaScRiPt:alert(1)', false],
  ['data:text/html,x', false],
  ['//evil.example', false],
  ['/\\evil.example', false],
  ['java\nscript:alert(1)', false],
  ['', false],
])('the address %j may be followed: %s', (url, want) => expect(safeURL(url) !== null).toBe(want));

test('Markdown becomes a tree, and HTML stays text', () => {
  expect(
    parseMarkdown('# Title\nOne **bold** `code`\n\n- a\n- [b](/x)\n\n```\n<b>\n```\n<script>alert(1)</script>'),
  ).toEqual([
    { kind: 'heading', level: 1, inner: [{ kind: 'text', text: 'Title' }] },
    {
      kind: 'paragraph',
      inner: [
        { kind: 'text', text: 'One ' },
        { kind: 'strong', inner: [{ kind: 'text', text: 'bold' }] },
        { kind: 'text', text: ' ' },
        { kind: 'code', text: 'code' },
      ],
    },
    {
      kind: 'list',
      ordered: false,
      items: [[{ kind: 'text', text: 'a' }], [{ kind: 'link', url: '/x', inner: [{ kind: 'text', text: 'b' }] }]],
    },
    { kind: 'code', text: '<b>' },
    { kind: 'paragraph', inner: [{ kind: 'text', text: '<script>alert(1)</script>' }] },
  ]);
  expect(parseInline('[x](javascript:alert)')).toEqual([{ kind: 'text', text: '[x](javascript:alert)' }]);
  expect(parseInline('snake_case_name, 2 * 3 * 4')).toEqual([{ kind: 'text', text: 'snake_case_name, 2 * 3 * 4' }]);
});

test('hostile Markdown ends quickly', () => {
  const began = performance.now();
  for (const text of ['[', '*', '`', '- ', '**a ', '_a', '|', '![](', '<http://'].flatMap((s) => [
    s.repeat(4_990 / s.length),
    `${s.repeat(400)}\n`.repeat(50),
  ]))
    parseMarkdown(text);
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('problems find their panel, also in rows and wrappers', () => {
  const panels = [
    { id: 2, title: 'A' },
    { id: 5, title: 'B' },
    { id: 9, title: 'C' },
  ] as Panel[];
  const raw = {
    dashboard: {
      panels: [
        { id: 2, title: 'A' },
        { type: 'row', id: 4, panels: [{ title: 'B' }] },
      ],
    },
  };
  const at = (path: string) => ({ path, line: 1, column: 1, severity: 'error', message: path });
  const found = problemsByPanel(
    [at('panels[0].targets[0].expr'), at('panels[1].panels[0].type'), at('templating.list[0]'), at('panel 9')],
    panels,
    raw,
  );
  expect([...found].map(([id, list]) => [id, list.map((p) => p.path)])).toEqual([
    [2, ['panels[0].targets[0].expr']],
    [5, ['panels[1].panels[0].type']],
    [null, ['templating.list[0]']],
    [9, ['panel 9']],
  ]);
  expect(jsonOf(panels[1]!, raw)).toEqual({ title: 'B' });
});
