import { expect, test } from 'vitest';
import { gateway, oneCall, oneLog, oneTrace, reachable } from '@/components/fill';

test.each([
  ['127.0.0.1:14318', 'http://127.0.0.1:14318'],
  ['0.0.0.0:4318', 'http://here:4318'],
  [':4318', 'http://here:4318'],
  ['[::]:4318', 'http://here:4318'],
  ['[::1]:4318', 'http://[::1]:4318'],
])('%s is reached at %s', (address, want) => expect(reachable(address, 'here')).toBe(want));

test('each kind of provider has the variable its SDK reads, under the name the gateway has for it', () => {
  const providers = [
    { name: 'azure', kind: 'openai' },
    { name: 'openai', kind: 'openai' },
    { name: 'claude', kind: 'anthropic' },
    { name: 'x', kind: 'other' },
  ];
  expect(gateway({ providers }, 'http://h:1')).toBe(
    'export OPENAI_BASE_URL=http://h:1/azure/v1\nexport ANTHROPIC_BASE_URL=http://h:1/claude',
  );
  expect(gateway(undefined, 'http://h:1')).toBe('export OPENAI_BASE_URL=http://h:1/openai/v1');
});

test('a call is sent as the first provider reads it', () => {
  expect(oneCall({ providers: [{ name: 'claude', kind: 'anthropic' }] }, 'http://h:1')).toMatch(
    /^curl -sS http:\/\/h:1\/claude\/v1\/messages .*x-api-key.*max_tokens/s,
  );
  expect(
    oneCall(
      {
        providers: [
          { name: 'g', kind: 'gemini' },
          { name: 'azure', kind: 'openai' },
        ],
      },
      'http://h:1',
    ),
  ).toContain('http://h:1/azure/v1/chat/completions');
  expect(oneCall(undefined, 'http://h:1')).toContain('http://h:1/openai/v1/chat/completions');
});

test('texts of commands are JSON, and a trace gets its ids and moments from the shell', () => {
  expect(JSON.parse(/-d '(.*)'$/s.exec(oneLog('error', 'It fails', 'http://h:1'))![1]!)).toEqual({
    level: 'error',
    service: 'hello',
    message: 'It fails',
  });
  expect(oneTrace('http://h:1').replace(/'\$\((.*?)\)+'/g, '1')).toMatch(
    /"traceId":"1","spanId":"1".*"startTimeUnixNano":"1000000000"/,
  );
});
