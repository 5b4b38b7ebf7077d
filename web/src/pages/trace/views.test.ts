// Rows, filter, critical path, flames and graph of a tree.
import { describe, expect, it } from 'vitest';
import { criticalPath } from './critical';
import { filterLogs, filterSpans, parseFilter, SpanTexts } from './filter';
import { best, big, log, span, trace } from './fixtures';
import { layFlame, selfTimes, spanAt } from './flame';
import { agentGraph } from './graph';
import {
  collapseBelow,
  fit,
  formatWindow,
  indent,
  isLog,
  logOf,
  nextRow,
  parseWindow,
  ticks,
  visibleRows,
} from './layout';
import { buildTree, type TraceTree } from './tree';

const sample = () =>
  buildTree(
    trace(
      [
        span('a', '', 0, 100),
        span('b', 'a', 10, 40),
        span('c', 'b', 20, 30, {
          status: 'error',
          attributes: { 'db.system': 'postgresql', 'http.route': '/v1/Items' },
        }),
        span('d', 'a', 50, 90, { service: 'billing' }),
      ],
      [log('b', 15, 'before c'), log('b', 35, 'after c'), log('a', 45, 'between'), log(undefined, 95, 'of none')],
    ),
  );

const told = (tree: TraceTree, rows: Int32Array) =>
  [...rows].map((r) => (isLog(r) ? tree.logs[logOf(r)]!.body : tree.keys[r]));

describe('visibleRows', () => {
  it('leaves out what is collapsed, and what a filter drops', () => {
    const tree = sample();
    expect(told(tree, visibleRows(tree, { collapsed: new Set() }))).toEqual(['a', 'b', 'c', 'd']);
    expect(told(tree, visibleRows(tree, { collapsed: new Set([1]) }))).toEqual(['a', 'b', 'd']);
    expect(told(tree, visibleRows(tree, { collapsed: collapseBelow(tree, 0) }))).toEqual(['a']);
    expect(told(tree, visibleRows(tree, { collapsed: collapseBelow(tree, 1) }))).toEqual(['a', 'b', 'd']);
  });

  it('has each log under its span, at its time', () => {
    const tree = sample();
    expect(told(tree, visibleRows(tree, { collapsed: new Set(), logs: true }))).toEqual([
      'a',
      'b',
      'before c',
      'c',
      'after c',
      'between',
      'd',
      'of none',
    ]);
    expect(told(tree, visibleRows(tree, { collapsed: new Set([1]), logs: true }))).toEqual([
      'a',
      'b',
      'between',
      'd',
      'of none',
    ]);
    expect(told(tree, visibleRows(tree, { collapsed: new Set([0]), logs: true }))).toEqual(['a', 'of none']);
  });

  it('finds the next row around the end', () => {
    const rows = Int32Array.of(4, 5, 6);
    expect(nextRow(rows, 1, (r) => r < 6)).toBe(0);
    expect(nextRow(rows, -1, (r) => r === 4)).toBe(0);
    expect(nextRow(rows, 0, () => false)).toBe(-1);
  });
});

describe('filter', () => {
  const found = (text: string) => {
    const tree = sample();
    const f = filterSpans(tree, new SpanTexts(tree), text);
    return f && told(tree, visibleRows(tree, { collapsed: new Set(), keep: f.keep }));
  };
  it.each([
    ['postgres', ['a', 'b', 'c']], // with those above
    ['POSTGRES ITEMS', ['a', 'b', 'c']],
    ['service:billing', ['a', 'd']],
    ['-service:billing name:d', []],
    ['status:error', ['a', 'b', 'c']],
    ['error', ['a', 'b', 'c']],
    ['kind:database', ['a', 'b', 'c']],
    ['db.system:postgres', ['a', 'b', 'c']],
    ['"http.route=/v1/items"', ['a', 'b', 'c']],
    ['duration:>35ms', ['a', 'd']],
    ['duration:<15ms', ['a', 'b', 'c']],
    ['nothing-like-it', []],
    ['   ', null],
  ])('%s', (text, rows) => expect(found(text)).toEqual(rows));

  it('bears whatever is typed', () => {
    for (const text of ['"', '-', ':', 'a:', '-"x', '"a" "', 'duration:>', '((', '\\'])
      expect(() => found(text)).not.toThrow();
    expect(parseFilter('"two words" -x')).toMatchObject([
      { text: 'two words', not: false },
      { text: 'x', not: true },
    ]);
  });

  it('finds logs by their text, with the spans they belong to', () => {
    const tree = sample();
    const f = filterSpans(tree, new SpanTexts(tree), 'after')!;
    expect(f.count).toBe(0);
    const keepLogs = filterLogs(tree, 'after', f);
    expect(told(tree, visibleRows(tree, { collapsed: new Set(), keep: f.keep, keepLogs, logs: true }))).toEqual([
      'a',
      'b',
      'after c',
    ]);
  });

  it('answers a keystroke in less than it takes to read the answer as JSON', { timeout: 30_000 }, () => {
    const answer = big(10_000);
    const text = JSON.stringify(answer);
    const tree = buildTree(answer);
    const texts = new SpanTexts(tree);
    expect(texts.prepare(Infinity)).toBe(true);
    expect(best(() => filterSpans(tree, texts, 'handler_7 -items/3'))).toBeLessThan(
      best(() => JSON.parse(text) as unknown),
    );
  });
});

describe('criticalPath', () => {
  const parts = (tree: TraceTree): Record<string, number[]> =>
    Object.fromEntries(
      [...criticalPath(tree).parts].map(([i, p]): [string, number[]] => [tree.keys[i]!, p.map((ns) => ns / 1e6)]),
    );
  it('goes back from the end by the child that ended last', () => {
    const tree = buildTree(
      trace([
        span('a', '', 0, 100),
        span('b', 'a', 10, 40),
        span('c', 'a', 20, 70),
        span('d', 'a', 75, 90),
        span('e', 'c', 30, 60),
      ]),
    );
    expect(parts(tree)).toEqual({ a: [90, 100, 70, 75, 0, 20], d: [75, 90], c: [60, 70, 20, 30], e: [30, 60] });
  });
  it('adds up to the duration, whatever the clocks say', () => {
    const tree = buildTree(
      trace([span('a', '', 10, 100), span('b', 'a', 0, 50), span('c', 'a', 60, 200), span('z', 'a', 60, 60)]),
    );
    const sum = criticalPath(tree).time.reduce((x, y) => x + y, 0);
    expect(sum).toBeLessThanOrEqual(tree.total);
    expect(parts(tree).a).toEqual([50, 60]);
  });
  it('bears deep and wide trees', { timeout: 30_000 }, () => {
    const deep = buildTree(
      trace(Array.from({ length: 5000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : '', i, 10_000 - i))),
    );
    expect(criticalPath(deep).parts.size).toBe(5000);
    const answer = big(10_000);
    const text = JSON.stringify(answer);
    const wide = buildTree(answer);
    expect(best(() => criticalPath(wide))).toBeLessThan(best(() => JSON.parse(text) as unknown));
  });
});

describe('flame', () => {
  it('gives what runs side by side lanes of its own, below the parent', () => {
    const tree = buildTree(
      trace([
        span('a', '', 0, 100),
        span('b', 'a', 0, 50),
        span('c', 'a', 40, 90),
        span('d', 'a', 60, 70),
        span('e', 'c', 45, 50),
      ]),
    );
    const flame = layFlame(tree);
    expect(tree.keys.map((k, i) => [k, flame.lane[i]])).toEqual([
      ['a', 0],
      ['b', 1],
      ['c', 2],
      ['e', 3],
      ['d', 1],
    ]);
    expect(spanAt(tree, flame, 1, 65e6)).toBe(4);
    expect(spanAt(tree, flame, 1, 55e6)).toBe(-1);
    expect(spanAt(tree, flame, 1, 58e6, 3e6)).toBe(4);
    expect(spanAt(tree, flame, 9, 0)).toBe(-1);
  });
  it('bears children that begin before their parents', () => {
    const tree = buildTree(trace([span('a', '', 10, 20), span('b', 'a', 5, 15), span('c', 'b', 1, 3)]));
    const { lane } = layFlame(tree);
    expect([...lane]).toEqual([0, 1, 2]);
  });
  it('tells where the time went', () => {
    const tree = buildTree(
      trace([
        span('a', '', 0, 100),
        span('x', 'a', 0, 30, { name: 'q' }),
        span('y', 'a', 30, 60, { name: 'q', status: 'error' }),
      ]),
    );
    expect(selfTimes(tree).map((s) => [s.name, s.count, s.errors, s.self])).toEqual([
      ['q', 2, 1, 60e6],
      ['a', 1, 0, 40e6],
    ]);
  });
});

describe('agentGraph', () => {
  const agent = (name: string) => ({ genai: { operation: 'invoke_agent', call: false, agent: name } });
  const model = {
    genai: {
      operation: 'chat',
      call: true,
      model: 'gpt-4o',
      usage: { input_tokens: 5, output_tokens: 5 },
      cost_usd: '0.5',
    },
  };
  it('collapses by agent, model and tool; loops are told', () => {
    const tree = buildTree(
      trace([
        span('r', '', 0, 100, { http_method: 'POST', service: 'edge' }),
        span('p', 'r', 0, 100, agent('planner')),
        span('p1', 'p', 0, 40, agent('planner')),
        span('m1', 'p1', 1, 5, model),
        span('m2', 'p1', 6, 9, model),
        span('q', 'p', 50, 90, agent('critic')),
        span('p2', 'q', 60, 80, agent('planner')),
        span('h', 'p2', 61, 62, { http_method: 'GET', service: 'edge' }),
      ]),
    );
    const graph = agentGraph(tree);
    expect(graph.nodes.map((n) => [n.key, n.count, n.rounds, n.tokens, n.cost])).toEqual([
      ['service edge', 2, 0, 0, 0],
      ['agent planner', 3, 1, 0, 0],
      ['llm gpt-4o', 2, 0, 20, 1],
      ['agent critic', 1, 0, 0, 0],
    ]);
    expect(graph.edges.map((e) => [e.from, e.to, e.count, e.back])).toContainEqual([
      'agent critic',
      'agent planner',
      1,
      true,
    ]);
    expect(graph.edges.map((e) => [e.from, e.to, e.count])).toContainEqual(['agent planner', 'llm gpt-4o', 2]);
  });
});

describe('windows', () => {
  it('are written in addresses and read back', () => {
    expect(formatWindow([1.5e6, 2e6], 9e6)).toBe('1.5-2');
    expect(formatWindow([0, 9e6], 9e6)).toBeUndefined();
    expect(parseWindow('1.5-2', 9e6)).toEqual([1.5e6, 2e6]);
    for (const text of [undefined, '', 'x', '3-2', '1', '1-1', '-', '50-60']) expect(parseWindow(text, 9e6)).toBeNull();
  });
  it('stay within the trace', () => {
    expect(fit(-500, 5000, 10_000)).toEqual([0, 5500]);
    expect(fit(1e9, 1e9, 1e9)).toEqual([1e9 - 100, 1e9]);
    expect(fit(0, 0, 0)).toEqual([0, 1]);
  });
  it('have round ticks', () => {
    expect(ticks([0, 10e6], 5)).toEqual([0, 2e6, 4e6, 6e6, 8e6, 10e6]);
    expect(ticks([0, 184e9], 4).map((t) => t / 1e9)).toEqual([0, 60, 120, 180]);
  });
  it('move deep rows in less and less', () => {
    expect(indent(3)).toBe(36);
    expect(indent(5000)).toBeLessThan(200);
    for (let d = 1; d < 200; d++) expect(indent(d)).toBeGreaterThanOrEqual(indent(d - 1));
  });
});
