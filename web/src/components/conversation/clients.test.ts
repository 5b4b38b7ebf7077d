// Texts as clients' SDKs send them, before and after the server brought them into one form.
import { expect, test } from 'vitest';
import { parseMessages } from './messages';

const said = [['user', ['hi there']]];
const withSystem = [['system', ['be brief']], ...said];
const answer = [['assistant', ['Hello world']]];

test.each([
  ['AI SDK 7', '[{"role":"user","parts":[{"type":"text","content":"hi there"}]}]', said],
  [
    'AI SDK, ai.prompt.messages',
    '[{"role":"system","content":"be brief"},{"role":"user","content":[{"type":"text","text":"hi there"}]}]',
    withSystem,
  ],
  [
    'Langfuse, input',
    '{"messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi there"}]}',
    withSystem,
  ],
  ['Langfuse, output', '{"role":"assistant","content":"Hello world","refusal":null}', answer],
  [
    'OpenInference, input.value',
    '{"model":"gpt-4o-mini","messages":[{"role":"system","content":"be brief"},{"role":"user","content":"hi there"}],"temperature":0.2}',
    withSystem,
  ],
  [
    'OpenInference, output.value',
    '{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello world"},"finish_reason":"stop"}]}',
    answer,
  ],
  [
    'OpenLLMetry',
    '[{"role":"assistant","finish_reason":"","parts":[{"type":"text","content":"Hello world"}]}]',
    answer,
  ],
  ['Gemini', '{"contents":[{"parts":[{"text":"hi there"}],"role":"user"}]}', said],
])('%s', (_, text, want) => {
  const { state, messages } = parseMessages(text, 'user');
  expect(state).toBe('whole');
  expect(messages.map((m) => [m.role, m.parts.map((p) => 'text' in p && p.kind === 'text' && p.text)])).toEqual(want);
});
