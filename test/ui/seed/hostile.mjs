// What strangers may send: markup, control and bidirectional characters, huge values, wrong clocks, trees that are none.
import { attributes, sendLines, sendMetrics, sendSpans, span, nanos } from './otlp.mjs';

const pad = (n) => String(n).padStart(16, '0');
const id = (letter, n) => letter + pad(n).slice(1);

/** What would set window.__xss, ask somebody else, or open a dialog, if it were ever taken for HTML or a script. */
export const attack = [
  '<script>window.__xss=1;alert(1)</script>',
  '<img src=x onerror="window.__xss=1"><img src="http://evil.test/beacon.png">',
  '"><svg onload="window.__xss=1"><iframe src="javascript:parent.__xss=1"></iframe>',
  "'-window.__xss=1-' {{constructor.constructor('window.__xss=1')()}} ${window.__xss=1}",
  '[click](javascript:window.__xss=1) ![image](http://evil.test/markdown.png) <a href="javascript:window.__xss=1">link</a>',
  'url(http://evil.test/style.css) </style><style>@import "http://evil.test/import.css";</style>',
];

/** Right-to-left text, marks that turn the direction of what follows, control characters, joined and combining ones. */
export const strange =
  'שלום עולם \u202Egnp.exe\u202C \u2066isolated\u2069 مرحبا \u0007bell\u001b[31mred\u0000nul \u200Bzero\u200Dwidth Z\u0351\u036B\u0343\u036A\u0302\u036B\u033Dalgo 👩‍👩‍👧‍👦 \uFEFF';

export const traces = {
  attack: 'a77ac000000000000000000000000001',
  strange: 'a77ac000000000000000000000000002',
  huge: 'a77ac000000000000000000000000003',
  wide: 'a77ac000000000000000000000000004',
  skew: 'a77ac000000000000000000000000005',
  orphans: 'a77ac000000000000000000000000006',
  cycle: 'a77ac000000000000000000000000007',
};
export const request = 'req-hostile';
export const session = 'session-hostile';

const text = (role, content) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }]);

export async function seedHostile(server, now) {
  const at = now - 5 * 60e3;
  const all = attack.join('\n');
  const call = (trace, n, input, output, more = {}) =>
    span({
      trace,
      id: id('c', n),
      parent: id('b', n),
      name: 'chat gpt-4o',
      kind: 'client',
      begin: at + 10,
      end: at + 900,
      fields: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.usage.input_tokens': 900,
        'gen_ai.usage.output_tokens': 90,
        'gen_ai.input.messages': text('user', input),
        'gen_ai.output.messages': text('assistant', output),
        'gen_ai.conversation.id': session,
        'user.id': 'user-hostile',
        'request.id': request,
        ...more,
      },
    });
  const root = (trace, n, name, more = {}) =>
    span({
      trace,
      id: id('b', n),
      name,
      kind: 'server',
      begin: at,
      end: at + 1000,
      fields: {
        'http.request.method': 'POST',
        'http.response.status_code': 500,
        'request.id': request,
        'session.id': session,
        ...more.fields,
      },
      error: more.error,
      events: more.events,
    });

  await sendSpans(server, 'hostile', [
    root(traces.attack, 1, attack[0], {
      error: attack[1],
      fields: { [attack[2]]: attack[3], 'error.type': attack[0], page: all },
      events: [
        {
          at: at + 5,
          name: attack[4],
          fields: { 'exception.message': all, 'exception.type': attack[1] },
        },
      ],
    }),
    call(traces.attack, 1, all, all, {
      'gen_ai.agent.name': attack[0],
      'gen_ai.system_instructions': JSON.stringify([{ type: 'text', content: all }]),
    }),
    span({
      trace: traces.attack,
      id: id('d', 1),
      parent: id('b', 1),
      name: `execute_tool ${attack[1]}`,
      begin: at + 900,
      end: at + 950,
      error: all,
      fields: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': attack[1],
        'gen_ai.tool.call.arguments': JSON.stringify({ html: all }),
        'gen_ai.tool.call.result': all,
      },
    }),
    root(traces.strange, 2, strange, {
      error: strange,
      fields: { [strange]: strange, 'error.type': 'strange' },
    }),
    call(traces.strange, 2, strange, strange),
    root(traces.huge, 3, 'ten megabytes', {
      fields: { huge: 'x'.repeat(10 << 20), 'one.word': 'W'.repeat(5000) },
    }),
    root(traces.wide, 4, 'five hundred attributes', {
      fields: Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`attribute.number.${i}`, `value ${i} ${'and more '.repeat(i % 7)}`]),
      ),
    }),
    // The child's clock is two hours behind, and one span ends before it begins.
    root(traces.skew, 5, 'clock skew'),
    span({
      trace: traces.skew,
      id: id('c', 5),
      parent: id('b', 5),
      name: 'two hours behind',
      begin: at - 7200e3,
      end: at - 7200e3 + 400,
    }),
    span({
      trace: traces.skew,
      id: id('d', 5),
      parent: id('c', 5),
      name: 'ends before it begins',
      begin: at + 500,
      end: at + 100,
    }),
    // No root, and two islands.
    span({
      trace: traces.orphans,
      id: id('b', 6),
      parent: id('f', 61),
      name: 'first orphan',
      begin: at,
      end: at + 300,
      error: 'lost',
    }),
    span({
      trace: traces.orphans,
      id: id('c', 6),
      parent: id('f', 62),
      name: 'second orphan',
      begin: at + 100,
      end: at + 500,
    }),
    span({
      trace: traces.orphans,
      id: id('d', 6),
      parent: id('c', 6),
      name: 'child of the second',
      begin: at + 150,
      end: at + 400,
    }),
    // Each is the other's parent, and one is its own.
    span({
      trace: traces.cycle,
      id: id('b', 7),
      parent: id('c', 7),
      name: 'hen',
      begin: at,
      end: at + 300,
    }),
    span({
      trace: traces.cycle,
      id: id('c', 7),
      parent: id('b', 7),
      name: 'egg',
      begin: at + 10,
      end: at + 200,
    }),
    span({
      trace: traces.cycle,
      id: id('d', 7),
      parent: id('d', 7),
      name: 'its own parent',
      begin: at + 20,
      end: at + 100,
    }),
  ]);
  await sendSpans(server, attack[0], [
    root('a77ac000000000000000000000000008', 8, 'from a service with a strange name'),
  ]);
  await sendLines(server, [
    ...attack.map((a, i) => ({
      time: new Date(at + i).toISOString(),
      level: 'error',
      msg: a,
      service: 'hostile',
      logger: a,
      request_id: request,
      trace_id: traces.attack,
      [a]: a,
    })),
    {
      time: new Date(at + 20).toISOString(),
      level: 'warn',
      msg: strange,
      service: 'hostile',
      logger: strange,
      request_id: request,
      [strange]: strange,
    },
    {
      time: new Date(at + 30).toISOString(),
      level: 'info',
      msg: `a long line ${'of words '.repeat(20_000)}`,
      service: 'hostile',
    },
    {
      time: new Date(at + 40).toISOString(),
      level: 'info',
      msg: 'many fields',
      service: 'hostile',
      ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field_${i}`, i])),
    },
  ]);
  await sendMetrics(server, 'hostile', [
    {
      name: 'hostile_gauge',
      gauge: {
        dataPoints: [all, strange].map((label) => ({
          timeUnixNano: nanos(now - 1000),
          asDouble: 1,
          attributes: attributes({ label }),
        })),
      },
    },
  ]);
}
