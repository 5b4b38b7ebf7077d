import { describe, expect, it } from 'vitest';
import { comparison, ruleFile } from './ruleFile';

describe('ruleFile', () => {
  it('writes an alert', () => {
    expect(
      ruleFile({
        name: 'Slow',
        kind: 'alert',
        expr: 'sum by (job) (x) > 2',
        for_ns: 300e9,
        labels: { severity: 'warning' },
        annotations: { summary: 'It is "slow": {{ $value }}' },
      }),
    ).toBe(
      `groups:
  - name: tried
    rules:
      - alert: "Slow"
        expr: "sum by (job) (x) > 2"
        for: 5m
        labels:
          severity: "warning"
        annotations:
          summary: "It is \\"slow\\": {{ $value }}"
`,
    );
  });
  it('writes lines and a recording', () => {
    expect(ruleFile({ name: 'a:b', kind: 'recording', expr: 'a\n  or b\n' })).toContain(
      '      - record: "a:b"\n        expr: |-\n          a\n            or b\n',
    );
  });
  it.each([
    [90e9, '90s'],
    [7200e9, '2h'],
    [500e6, '500ms'],
  ])('for %d ns', (ns, want) => {
    expect(ruleFile({ name: 'A', kind: 'alert', expr: 'x', for_ns: ns })).toContain(`for: ${want}\n`);
  });
});

describe('comparison', () => {
  it.each([
    ['sum(rate(x[5m])) > 0.5', 'sum(rate(x[5m]))', 0.5],
    ['a / b >= 1e3', 'a / b', 1000],
    ['x{a="b > 2"} < -1', 'x{a="b > 2"}', -1],
    ['sum(a and b) > 2', 'sum(a and b)', 2],
  ])('%s', (expr, left, limit) => expect(comparison(expr)).toEqual({ left, limit }));
  it.each(['x', 'x > y', 'a > 1 and b > 2', '(x > 2)', 'sum(x > 2'])('%s has none', (expr) =>
    expect(comparison(expr)).toBeNull(),
  );
});
