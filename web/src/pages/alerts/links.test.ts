import { describe, expect, it } from 'vitest';
import { exampleTraces, target } from './links';

describe('target', () => {
  it.each([
    ['http://127.0.0.1:8080/traces?q=service%3Aa', { to: '/traces', search: { q: 'service:a' } }],
    ['https://telltale.example.org/dashboards/x?var-job=a', { to: '/dashboards/x', search: { 'var-job': 'a' } }],
    ['/logs?q=x', { to: '/logs', search: { q: 'x' } }],
    ['http://h/prometheus/graph?g0.expr=up+%3D%3D+0&g0.tab=1', { to: '/explore', search: { expr: 'up == 0' } }],
    ['https://github.com/a/b#c', { href: 'https://github.com/a/b#c' }],
  ])('%s', (address, want) => expect(target(address)).toEqual(want));

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '', undefined, 'http://', '/nowhere'])(
    '%s leads nowhere',
    (address) => {
      expect(target(address)).toBeNull();
    },
  );
});

it('takes only ids of traces', () => {
  expect(
    exampleTraces({ example_traces: '46a14ce9bf066c10aca394ae01ec8862, <b>,607b8db5417c1e0358809458c6162fc0' }),
  ).toEqual(['46a14ce9bf066c10aca394ae01ec8862', '607b8db5417c1e0358809458c6162fc0']);
  expect(exampleTraces({})).toEqual([]);
});
