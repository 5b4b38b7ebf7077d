import { expect, test } from 'vitest';
import type { Span } from '@/api/client';
import { thread } from './thread';

const messages = (...said: [string, string][]) =>
  JSON.stringify(said.map(([role, content]) => ({ role, parts: [{ type: 'text', content }] })));

let n = 0;
const call = (input: [string, string][], output: string, more: Partial<Span['genai']> = {}): Span => ({
  time: new Date(Date.UTC(2026, 0, 1, 0, 0, n++ * 10)).toISOString(),
  status: 'ok',
  duration_ns: 2e9,
  genai: {
    call: true,
    input_messages: messages(...input),
    output_messages: messages(['assistant', output]),
    cost_usd: '0.5',
    usage: { input_tokens: 3, output_tokens: 1 },
    ...more,
  },
});

const said = (calls: Span[]) =>
  thread(calls).map((t) => [t.before, t.said.flatMap((m) => m.parts.map((p) => p.kind === 'text' && p.text))]);

test('what is resent is left out', () => {
  const a: [string, string][] = [['user', 'hi']];
  const b: [string, string][] = [...a, ['assistant', 'hello'], ['user', 'weather?']];
  const c: [string, string][] = [...b, ['assistant', 'sunny'], ['user', 'thanks']];
  expect(said([call(a, 'hello'), call(b, 'sunny'), call(c, 'welcome')])).toEqual([
    [0, ['hi']],
    [2, ['weather?']],
    [4, ['thanks']],
  ]);
});

test('agents have conversations of their own', () => {
  const x: [string, string][] = [['user', 'plan']],
    y: [string, string][] = [['user', 'search']];
  expect(
    said([
      call(x, 'p1'),
      call(y, 's1'),
      call([...x, ['assistant', 'p1'], ['user', 'next']], 'p2'),
      call([...y, ['assistant', 's1'], ['user', 'more']], 's2'),
    ]),
  ).toEqual([
    [0, ['plan']],
    [0, ['search']],
    [2, ['next']],
    [2, ['more']],
  ]);
});

test('a client that drops the oldest messages', () => {
  const all: [string, string][] = [
    ['user', '1'],
    ['assistant', '2'],
    ['user', '3'],
  ];
  expect(
    said([
      call(all, '4'),
      call(
        [
          ['user', '3'],
          ['assistant', '4'],
          ['user', '5'],
        ],
        '6',
      ),
    ]),
  ).toEqual([
    [0, ['1', '2', '3']],
    [2, ['5']],
  ]);
});

test('the same question again is shown again', () => {
  expect(said([call([['user', 'hi']], 'a'), call([['user', 'hi']], 'b')])).toEqual([
    [0, ['hi']],
    [0, ['hi']],
  ]);
});

test('sums, gaps, and instructions once', () => {
  n = 0;
  const system = JSON.stringify([{ type: 'text', content: 'be brief' }]);
  const turns = thread([
    call([['user', 'a']], 'b', { system_instructions: system }),
    call([['user', 'c']], 'd', { system_instructions: system, cost_usd: undefined }),
  ]);
  expect(turns.map((t) => [t.cost, t.tokens, t.waited, t.system?.length])).toEqual([
    [0.5, 4, undefined, 1],
    [0.5, 8, 8e9, undefined],
  ]);
});
