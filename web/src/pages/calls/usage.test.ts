import { expect, test } from 'vitest';
import type { Span } from '@/api/client';
import { parametersOf, tokenParts, unpricedReason } from './usage';

test('parts add up to input and output', () => {
  const parts = tokenParts({
    input_tokens: 1300,
    cache_read_tokens: 1024,
    cache_write_5m_tokens: 60,
    cache_write_1h_tokens: 40,
    output_tokens: 34,
    reasoning_tokens: 10,
  });
  expect(parts.map((p) => [p.name, p.tokens])).toEqual([
    ['input, new', 176],
    ['cached', 1024],
    ['written to the cache', 100],
    ['reasoning', 10],
    ['answer', 24],
  ]);
  expect(tokenParts({ input_tokens: 5, output_tokens: 0 }).map((p) => [p.name, p.tokens])).toEqual([
    ['input', 5],
    ['output', 0],
  ]);
  expect(tokenParts(undefined)).toEqual([]);
  // a client that counts wrongly makes no negative tokens
  expect(tokenParts({ input_tokens: 5, cache_read_tokens: 9 })[0]!.tokens).toBe(0);
});

test('parts have what the server says they cost', () => {
  const costs = [
    { kind: 'input', tokens: 176, cost_usd: '0.000704' },
    { kind: 'cache_write_5m', tokens: 60, cost_usd: '0.0003' },
    { kind: 'cache_write_1h', tokens: 40, cost_usd: '0.00032' },
  ];
  const parts = tokenParts(
    { input_tokens: 276, cache_write_5m_tokens: 60, cache_write_1h_tokens: 40, output_tokens: 3 },
    costs,
  );
  expect(parts.map((p) => [p.name, p.cost?.toFixed(6)])).toEqual([
    ['input, new', '0.000704'],
    ['written to the cache', '0.000620'],
    ['output', undefined],
  ]);
});

const span = (genai: Partial<Span['genai']>, more: Partial<Span> = {}): Span => ({
  time: '',
  status: 'ok',
  duration_ns: 1,
  genai: { call: true, ...genai },
  ...more,
});

test('why there is no cost', () => {
  expect(unpricedReason(span({ cost_usd: '0.1' }))).toBeNull();
  expect(unpricedReason(span({ usage: { input_tokens: 3 }, model: 'm', provider: 'p' }))).toContain(
    'No price is known for m of p',
  );
  expect(unpricedReason(span({}))).toContain('no tokens');
  expect(unpricedReason(span({}, { status: 'error' }))).toContain('failed');
  expect(unpricedReason(span({ call: false }))).toContain('one span');
});

test('parameters', () => {
  expect(
    parametersOf(
      span(
        {},
        {
          attributes: {
            'gen_ai.request.temperature': '0.2',
            'gen_ai.request.model': 'x',
            'gen_ai.request.max_tokens': '9',
            other: '1',
          },
        },
      ),
    ),
  ).toEqual([
    ['max tokens', '9'],
    ['temperature', '0.2'],
  ]);
});
