import { describe, expect, it } from 'vitest';
import { Clock } from './clock';
import { best, big, log, span, trace } from './fixtures';
import { ancestors, buildTree, odd, rootOf, type TraceTree } from './tree';

const names = (tree: TraceTree) => tree.spans.map((s, i) => '  '.repeat(tree.depth[i]!) + s.name);

describe('Clock', () => {
  it('keeps nanoseconds, across seconds and days', () => {
    const clock = new Clock('2026-11-21T23:59:59.999999999Z');
    expect(clock.ns('2026-11-22T00:00:00.000000001Z') - clock.ns('2026-11-21T23:59:59.999999999Z')).toBe(2);
    expect(clock.ns('2026-11-21T23:59:59Z')).toBe(0);
    expect(clock.ns('nonsense')).toBe(0);
  });
});

describe('buildTree', () => {
  it('orders by parent and time, whatever the order of the answer', () => {
    const tree = buildTree(
      trace([span('c', 'a', 5, 9), span('b', 'a', 1, 4), span('a', '', 0, 10), span('d', 'b', 2, 3)]),
    );
    expect(names(tree)).toEqual(['a', '  b', '    d', '  c']);
    expect([...tree.end]).toEqual([4, 3, 3, 4]);
    expect([...tree.start]).toEqual([0, 1e6, 2e6, 5e6]);
    expect(tree.total).toBe(10e6);
    expect(ancestors(tree, 2)).toEqual([1, 0]);
  });

  it('counts self time once where children overlap or reach beyond their parent', () => {
    const tree = buildTree(
      trace([span('a', '', 0, 10), span('b', 'a', 1, 4), span('c', 'a', 3, 6), span('d', 'a', 9, 20)]),
    );
    expect(tree.self[0]).toBe(4e6);
  });

  it('puts spans of a missing parent under a mark that covers them', () => {
    const tree = buildTree(trace([span('b', 'gone', 3, 5), span('c', 'gone', 4, 9), span('a', '', 1, 2)]));
    expect(names(tree)).toEqual(['a', 'missing parent', '  b', '  c']);
    expect(tree.odd[1]).toBe(odd.missing);
    expect([tree.start[1], tree.length[1]]).toEqual([2e6, 6e6]);
    expect([tree.count, tree.missing]).toEqual([3, 1]);
    expect(tree.spans[rootOf(tree)]!.name).toBe('a');
  });

  it('names a trace whose root has not come after its earliest span', () => {
    const tree = buildTree(trace([span('b', 'gone', 3, 5), span('c', 'gone', 2, 9)]));
    expect(tree.spans[rootOf(tree)]!.name).toBe('c');
  });

  it('shows every span of a cycle once', () => {
    const tree = buildTree(
      trace([
        span('a', 'c', 0, 1),
        span('b', 'a', 0, 1),
        span('c', 'b', 0, 1),
        span('d', 'c', 0, 1),
        span('e', 'e', 0, 1),
      ]),
    );
    expect(names(tree)).toEqual(['a', '  b', '    c', '      d', 'e']);
    expect(tree.cycles).toBe(2);
    expect(tree.odd[0]! & odd.cycle).toBeTruthy();
  });

  it('keeps both spans of one id and tells them apart', () => {
    const tree = buildTree(
      trace([span('a', '', 0, 10), span('x', 'a', 1, 5, { name: 'client' }), span('x', 'a', 2, 4, { name: 'server' })]),
    );
    expect(tree.keys).toEqual(['a', 'x', 'x.2']);
    expect(tree.at.get('x.2')).toBe(2);
    expect(tree.odd[2]! & odd.duplicate).toBeTruthy();
  });

  it('tells children that lie outside of their parents', () => {
    const tree = buildTree(
      trace([span('a', '', 10, 20), span('b', 'a', 5, 15), span('c', 'a', 15, 25), span('d', 'a', 12, 13)]),
    );
    expect([...tree.odd]).toEqual([0, odd.early, 0, odd.late]);
    expect(tree.skewed).toBe(2);
    expect(tree.start[0]).toBe(5e6); // the trace begins with what came first
  });

  it('has the longer of two spans of one time first, and bears spans of no duration', () => {
    const tree = buildTree(
      trace([span('b', '', 0, 0), span('c', '', 0, 1), span('d', 'c', 1, 1), span('n', '', 1, 0)]),
    );
    expect(names(tree)).toEqual(['c', '  d', 'b', 'n']);
    expect(tree.length[3]).toBe(0);
    expect(buildTree(trace([])).total).toBe(0);
  });

  it('gives logs to their spans, and those of unknown spans to none', () => {
    const tree = buildTree(
      trace(
        [span('a', '', 0, 10)],
        [log('a', 6, 'second'), log('a', 5, 'first'), log('gone', 1, 'of another'), log(undefined, 12, 'of none')],
      ),
    );
    expect(tree.logsOf.get(0)!.map((i) => tree.logs[i]!.body)).toEqual(['first', 'second']);
    expect(tree.logsOf.get(-1)!.map((i) => tree.logs[i]!.body)).toEqual(['of another', 'of none']);
    expect(tree.total).toBe(12e6);
  });

  it('sums errors below a span', () => {
    const tree = buildTree(
      trace([
        span('a', '', 0, 9),
        span('b', 'a', 1, 4, { status: 'error' }),
        span('c', 'b', 2, 3, { status: 'error' }),
      ]),
    );
    expect([...tree.below]).toEqual([2, 1, 0]);
    expect(tree.errors).toBe(2);
  });

  it('bears a tree that is 5,000 deep', () => {
    const spans = Array.from({ length: 5000 }, (_, i) => span(`s${i}`, i ? `s${i - 1}` : '', i, 10_000 - i));
    const tree = buildTree(trace(spans));
    expect(tree.deepest).toBe(4999);
    expect(tree.end[0]).toBe(5000);
  });

  it('is quick: building takes no longer than reading the answer as JSON twice', { timeout: 30_000 }, () => {
    const answer = big(10_000);
    const text = JSON.stringify(answer);
    expect(best(() => buildTree(answer))).toBeLessThan(2 * best(() => JSON.parse(text) as unknown));
  });
});
