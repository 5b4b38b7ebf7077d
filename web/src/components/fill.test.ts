import { expect, test } from 'vitest';
import { gateway, reachable } from '@/components/fill';

test.each([
  ['127.0.0.1:14318', 'http://127.0.0.1:14318'],
  ['0.0.0.0:4318', 'http://here:4318'],
  [':4318', 'http://here:4318'],
  ['[::]:4318', 'http://here:4318'],
  ['[::1]:4318', 'http://[::1]:4318'],
])('%s is reached at %s', (address, want) => expect(reachable(address, 'here')).toBe(want));

test('each kind of provider has the variable its SDK reads, under the name the gateway has for it', () => {
  const providers = [{ name: 'azure', kind: 'openai' }, { name: 'openai', kind: 'openai' }, { name: 'claude', kind: 'anthropic' }, { name: 'x', kind: 'other' }];
  expect(gateway({ providers }, 'http://h:1')).toBe('export OPENAI_BASE_URL=http://h:1/azure/v1\nexport ANTHROPIC_BASE_URL=http://h:1/claude');
  expect(gateway(undefined, 'http://h:1')).toBe('export OPENAI_BASE_URL=http://h:1/openai/v1');
});
