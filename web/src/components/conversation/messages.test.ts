import { describe, expect, test } from 'vitest';
import { parseMessages, preview, readable, type Part } from './messages';
import { parsePartial } from './partial';
import { toolsOf } from './tools';
import { pairTools, shares } from './estimate';

const one = (part: unknown): Part | undefined =>
  parseMessages(JSON.stringify([{ role: 'user', parts: [part] }]), 'user').messages[0]!.parts[0];

describe('messages of the conventions', () => {
  test('roles, parts, finish reason', () => {
    const c = parseMessages(
      '[{"role":"user","parts":[{"type":"text","content":"weather?"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"call_1","name":"get_weather","arguments":{"city":"Paris"}}],"finish_reason":"tool_call"},{"role":"tool","parts":[{"type":"tool_call_response","id":"call_1","response":{"t":20}}]}]',
      'user',
    );
    expect(c.state).toBe('whole');
    expect(c.messages).toEqual([
      { role: 'user', parts: [{ kind: 'text', text: 'weather?' }], finish: undefined, name: undefined },
      {
        role: 'assistant',
        parts: [{ kind: 'call', id: 'call_1', name: 'get_weather', text: '{\n  "city": "Paris"\n}' }],
        finish: 'tool_call',
        name: undefined,
      },
      {
        role: 'tool',
        parts: [{ kind: 'result', id: 'call_1', name: undefined, text: '{\n  "t": 20\n}' }],
        finish: undefined,
        name: undefined,
      },
    ]);
    const { names, answered } = pairTools(c.messages);
    expect(names.get('call_1')).toBe('get_weather');
    expect(answered.has('call_1')).toBe(true);
  });
  test.each([
    [
      { type: 'reasoning', content: 'hm' },
      { kind: 'reasoning', text: 'hm' },
    ],
    [
      { type: 'thinking', thinking: 'hm' },
      { kind: 'reasoning', text: 'hm' },
    ],
    [
      { type: 'tool_use', id: 'a', name: 'f', input: { x: 1 } },
      { kind: 'call', id: 'a', name: 'f', text: '{\n  "x": 1\n}' },
    ],
    [
      { type: 'function', id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
      { kind: 'call', id: 'a', name: 'f', text: '{\n  "x": 1\n}' },
    ],
    [
      { type: 'function_call_output', call_id: 'a', output: 'ok' },
      { kind: 'result', id: 'a', name: undefined, text: 'ok' },
    ],
    [{ functionCall: { name: 'f', args: {} } }, { kind: 'call', id: undefined, name: 'f', text: '{}' }],
    [
      { text: 'secretly', thought: true },
      { kind: 'reasoning', text: 'secretly' },
    ],
    [
      { type: 'strange', x: 1 },
      { kind: 'other', type: 'strange', text: '{\n  "type": "strange",\n  "x": 1\n}' },
    ],
  ])('%j', (part, want) => expect(one(part)).toEqual(want));
});

describe('other forms', () => {
  test('OpenAI', () => {
    const c = parseMessages(
      '[{"role":"user","content":"hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"42"}]',
      'user',
    );
    expect(c.messages.map((m) => m.parts[0])).toEqual([
      { kind: 'text', text: 'hi' },
      { kind: 'call', id: 'c', name: 'f', text: '{}' },
      { kind: 'result', id: 'c', text: '42' },
    ]);
  });
  test('choices and candidates', () => {
    expect(
      parseMessages(
        '{"choices":[{"message":{"role":"assistant","content":"a"},"finish_reason":"length"}]}',
        'assistant',
      ).messages,
    ).toMatchObject([{ role: 'assistant', finish: 'length', parts: [{ text: 'a' }] }]);
    expect(
      parseMessages(
        '{"candidates":[{"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"STOP"}]}',
        'assistant',
      ).messages,
    ).toMatchObject([{ role: 'assistant', finish: 'STOP', parts: [{ kind: 'text', text: 'a' }] }]);
  });
  test('a plain text is of whom it was asked for', () => {
    expect(parseMessages('just words', 'user')).toEqual({
      state: 'text',
      messages: [{ role: 'user', parts: [{ kind: 'text', text: 'just words' }] }],
    });
    expect(parseMessages('<script>alert(1)</script>', 'user').messages[0]!.parts[0]).toEqual({
      kind: 'text',
      text: '<script>alert(1)</script>',
    });
  });
  test('nothing, and a fingerprint', () => {
    expect(parseMessages(undefined, 'user').state).toBe('none');
    const hash = 'a'.repeat(64);
    expect(parseMessages(`sha256:${hash}`, 'user')).toMatchObject({ state: 'hash', hash, messages: [] });
    expect(
      parseMessages(`[{"role":"user","parts":[{"type":"text","content":"sha256:${hash}"}]}]`, 'user'),
    ).toMatchObject({
      state: 'hash',
      hash,
      messages: [],
    });
    expect(parseMessages(`[{"type":"text","content":"sha256:${hash}"}]`, 'system')).toMatchObject({
      state: 'hash',
      hash,
      messages: [],
    });
  });
  test('system instructions are parts without messages', () => {
    expect(
      parseMessages('[{"type":"text","content":"be brief"},{"type":"text","content":"be kind"}]', 'system').messages,
    ).toEqual([
      {
        role: 'system',
        parts: [
          { kind: 'text', text: 'be brief' },
          { kind: 'text', text: 'be kind' },
        ],
      },
    ]);
  });
  test('keys of objects are no traps', () => {
    expect(
      parseMessages(
        '[{"role":"user","parts":[{"type":"__proto__","content":"x"}]},{"role":"constructor","parts":null}]',
        'user',
      ).messages,
    ).toHaveLength(2);
    expect(parseMessages('[null,1,[],{},"x"]', 'user').messages).toHaveLength(1);
    expect(parseMessages('[{"role":"user","content":{"a":1}}]', 'user').messages[0]!.parts).toHaveLength(1);
  });
});

describe('cut', () => {
  const whole =
    '[{"role":"user","parts":[{"type":"text","content":"Hello \\"you\\" \\u00e9"}]},{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{"n":[1,2.5,true,null]}}]}]';
  test('at any place gives what is there', () => {
    for (let i = 1; i < whole.length; i++) {
      const c = parseMessages(whole.slice(0, i), 'user');
      expect(c.state, whole.slice(0, i)).toBe('cut');
      const said = c.messages[0]?.parts[0];
      if (said?.kind === 'text') expect('Hello "you" é'.startsWith(said.text)).toBe(true);
    }
    expect(parseMessages(whole, 'user').state).toBe('whole');
  });
  test('a mark stands for older messages', () => {
    const c = parseMessages(
      '[{"role":"system","parts":[{"type":"text","content":"…[cut 4096 bytes]"}]},{"role":"user","parts":[{"type":"text","content":"x"}]}]',
      'user',
    );
    expect(c).toMatchObject({ state: 'cut', missing: 4096, messages: [{ role: 'user' }] });
  });
  test('messages that were left out in the middle, and at the end', () => {
    const mark = (content: string) => ({ role: 'system', parts: [{ type: 'text', content }] });
    const said = (content: string) => ({ role: 'user', parts: [{ type: 'text', content }] });
    const c = parseMessages(
      JSON.stringify([
        said('first'),
        mark('…[left out 12 messages, 34567 bytes]'),
        said('last'),
        mark('…[cut 5 bytes]'),
        mark('…[the rest is missing]'),
      ]),
      'user',
    );
    expect(c).toMatchObject({ state: 'cut', gaps: true });
    expect(c.messages.map((m) => m.parts[0])).toMatchObject([
      { text: 'first' },
      { kind: 'gap', messages: 12, bytes: 34567 },
      { text: 'last' },
      { kind: 'gap', bytes: 5 },
      { kind: 'gap' },
    ]);
    expect(parseMessages(JSON.stringify([said('…[left out 12 messages, 34567 bytes]')]), 'user').gaps).toBeUndefined();
  });
  test('messages that were cut before they were stored', () => {
    const stored = JSON.stringify([
      {
        role: 'user',
        parts: [
          { type: 'text', content: '[{"role":"user","parts":[{"type":"text","content":"A long sto…[cut 12345 bytes]' },
        ],
      },
    ]);
    expect(parseMessages(stored, 'user')).toEqual({
      state: 'cut',
      messages: [{ role: 'user', parts: [{ kind: 'text', text: 'A long sto' }] }],
    });
  });
  test('what is no JSON is a text', () => {
    expect(parsePartial('[1,}')).toBeNull();
    expect(parsePartial('{x')).toBeNull();
    expect(parsePartial('['.repeat(100_000))).toBeNull();
    expect(parseMessages('[not json at all]', 'user')).toMatchObject({ state: 'text' });
  });
});

describe('media', () => {
  test.each([
    [
      { type: 'uri', modality: 'image', uri: 'https://x.example/a.png' },
      { modality: 'image', uri: 'https://x.example/a.png' },
    ],
    [
      { type: 'blob', modality: 'image', mime_type: 'image/png', size: 12 },
      { modality: 'image', mime: 'image/png', size: 12 },
    ],
    [
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { modality: 'image', mime: 'image/png', size: 3, data: 'data:image/png;base64,AAAA' },
    ],
    [
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { modality: 'image', mime: 'image/png' },
    ],
    [
      { type: 'uri', modality: 'image', uri: 'javascript:alert(1)' },
      { modality: 'image', uri: 'javascript:alert(1)' },
    ],
  ])('%j', (part, want) => expect(one(part)).toMatchObject({ kind: 'media', ...want }));
  test('a picture that is kept beside the messages', () => {
    expect(one({ type: 'blob', modality: 'image', mime_type: 'image/png', size: 12, attachment: 'a1' })).toMatchObject({
      attachment: 'a1',
    });
    expect(
      one({
        type: 'tool_call_response',
        id: 't',
        response: [
          { type: 'text', content: 'seen' },
          { type: 'blob', modality: 'image', mime_type: 'image/png', size: 12, attachment: 'a1' },
        ],
      }),
    ).toMatchObject({ kind: 'result', text: 'seen', media: [{ kind: 'media', attachment: 'a1' }] });
  });
  test('no SVG is shown', () => {
    expect(one({ type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,PHN2Zz4=' } })).not.toHaveProperty(
      'data',
    );
  });
  test('no HTML hides in a data URI', () => {
    expect(
      one({ type: 'image_url', image_url: { url: 'data:text/html,<script>alert(1)</script>' } }),
    ).not.toHaveProperty('data');
  });
});

test('preview', () => {
  expect(
    preview(
      '[{"role":"system","parts":[{"type":"text","content":"s"}]},{"role":"user","parts":[{"type":"text","content":"line\\n two',
      'user',
    ),
  ).toBe('line two');
  expect(preview('words', 'user')).toBe('words');
  expect(preview(undefined, 'user')).toBe('');
});

test('numbers stay what they were', () => {
  expect(one({ type: 'tool_call', id: 'a', name: 'f', arguments: '{"id":12345678901234567890}' })).toMatchObject({
    text: '{\n  "id": 12345678901234567890\n}',
  });
  const c = parseMessages(
    '[{"role":"assistant","parts":[{"type":"tool_call","name":"f","arguments":{"id":12345678901234567890,"x":0.5}}]}]',
    'user',
  );
  if ('rawJSON' in JSON)
    expect(c.messages[0]!.parts[0]).toMatchObject({ text: '{\n  "id": 12345678901234567890,\n  "x": 0.5\n}' });
});

test('readable leaves broken JSON alone', () => {
  expect(readable('{"a":1')).toBe('{"a":1');
  expect(readable('12')).toBe('12');
});

describe('tools', () => {
  test.each([
    ['gen_ai.tool.definitions', '[{"type":"function","name":"w","inputSchema":{"type":"object"},"description":"d"}]'],
    [
      'gen_ai.tool.definitions',
      '[{"type":"function","function":{"name":"w","description":"d","parameters":{"type":"object"}}}]',
    ],
    [
      'ai.prompt.tools',
      '["{\\"type\\":\\"function\\",\\"name\\":\\"w\\",\\"description\\":\\"d\\",\\"inputSchema\\":{\\"type\\":\\"object\\"}}"]',
    ],
    [
      'llm.tools.0.tool.json_schema',
      '{"type":"function","function":{"name":"w","description":"d","parameters":{"type":"object"}}}',
    ],
    [
      'langfuse.observation.metadata.tools',
      '[{"functionDeclarations":[{"name":"w","description":"d","parameters":{"type":"object"}}]}]',
    ],
  ])('%s %s', (key, value) =>
    expect(toolsOf({ [key]: value }).tools).toEqual([
      { name: 'w', description: 'd', schema: '{\n  "type": "object"\n}' },
    ]),
  );
  test('numbered functions', () => {
    expect(
      toolsOf({
        'llm.request.functions.1.name': 'b',
        'llm.request.functions.0.name': 'a',
        'llm.request.functions.0.description': 'd',
      }).tools.map((t) => [t.name, t.description]),
    ).toEqual([
      ['a', 'd'],
      ['b', ''],
    ]);
  });
  test('what cannot be read is said', () =>
    expect(toolsOf({ 'gen_ai.tool.definitions': '[{"na' })).toEqual({
      tools: [],
      unread: ['gen_ai.tool.definitions'],
    }));
});

test('estimates add up to what is known', () => {
  expect(shares([10, 30], 100)).toEqual([25, 75]);
  expect(shares([10], undefined)).toEqual([null]);
  expect(shares([0], 5)).toEqual([null]);
});
