// Ordinary traffic of a small company over the last hour: web requests, retrievals, agents, model calls, their logs.
import { sendLines, sendSpans, span } from './otlp.mjs';
import { random } from './random.mjs';

const questions = [
  'How do I get a refund for order 4711?',
  'Summarise our travel policy in three sentences.',
  'Why was my invoice higher this month?',
  'Which plan includes single sign-on?',
  'Write a polite reminder to pay invoice 2026-118.',
  'My package did not arrive, what can I do?',
];
const models = [
  ['openai', 'gpt-4o-mini'],
  ['openai', 'gpt-4o'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['gemini', 'gemini-2.5-flash'],
  ['openai', 'o4-mini'],
  ['in-house', 'in-house-7b'],
];
const users = ['user-007', 'user-042', 'user-123', 'user-256', 'user-314', 'user-512', 'user-777', 'user-999'];

const message = (role, text) => ({
  role,
  parts: [{ type: 'text', content: text }],
});
const sentence = (r, words) =>
  Array.from({ length: words }, () =>
    r.pick([
      'the',
      'invoice',
      'order',
      'was',
      'sent',
      'to',
      'your',
      'address',
      'and',
      'will',
      'arrive',
      'within',
      'three',
      'days',
      'refund',
      'plan',
    ]),
  ).join(' ');

// A visit is one request: its spans by service, and its lines.
class Visit {
  constructor(r, begin) {
    Object.assign(this, {
      r,
      begin,
      trace: r.hex(32),
      request: `req-${r.hex(12)}`,
      user: r.pick(users),
      spans: new Map(),
      lines: [],
    });
    this.session = `${this.user}-s${r.below(3)}`;
  }

  span(service, options) {
    const id = this.r.hex(16);
    const fields = {
      'user.id': this.user,
      'session.id': this.session,
      'request.id': this.request,
      ...options.fields,
    };
    this.spans.set(service, [...(this.spans.get(service) ?? []), span({ ...options, trace: this.trace, id, fields })]);
    return id;
  }

  log(service, at, level, text, fields = {}, of = undefined) {
    this.lines.push({
      time: new Date(at).toISOString(),
      level,
      msg: text,
      logger: `${service}.http`,
      service,
      trace_id: this.trace,
      span_id: of,
      request_id: this.request,
      user_id: this.user,
      session_id: this.session,
      ...fields,
    });
  }

  // call writes the span of a model call and returns when it ended.
  call(service, parent, at, { model = this.r.pick(models), agent, failed = this.r.chance(0.06), tools = false } = {}) {
    const { r } = this;
    const [provider, name] = model;
    const took = 250 + r.exponential(900);
    const question = r.pick(questions);
    const input = 300 + r.below(4000),
      output = 40 + r.below(700);
    const answer = tools
      ? [
          {
            role: 'assistant',
            parts: [
              {
                type: 'reasoning',
                content: 'The order has to be looked up first.',
              },
              {
                type: 'tool_call',
                id: `call_${r.hex(6)}`,
                name: 'sql_query',
                arguments: { sql: 'SELECT * FROM orders WHERE id = 4711' },
              },
            ],
          },
        ]
      : [message('assistant', sentence(r, 20 + r.below(60)))];
    this.span(service, {
      parent,
      name: `chat ${name}`,
      kind: 'client',
      begin: at,
      end: at + took,
      error: failed ? 'rate limit reached, try again in 2 s' : undefined,
      fields: {
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': name,
        'gen_ai.conversation.id': this.session,
        'gen_ai.system_instructions': JSON.stringify([
          {
            type: 'text',
            content: 'You are a helpful clerk of a shop. Answer in one paragraph.',
          },
        ]),
        'gen_ai.input.messages': JSON.stringify([message('user', question)]),
        'gen_ai.request.temperature': 0.2,
        'server.address': `api.${provider}.test`,
        ...(agent ? { 'gen_ai.agent.name': agent } : {}),
        ...(failed
          ? { 'error.type': 'rate_limit', 'http.response.status_code': 429 }
          : {
              'gen_ai.response.model': name,
              'gen_ai.response.id': `chatcmpl-${r.hex(10)}`,
              'gen_ai.usage.input_tokens': input,
              'gen_ai.usage.output_tokens': output,
              'gen_ai.usage.cache_read.input_tokens': r.chance(0.4) ? Math.floor(input / 2) : 0,
              'gen_ai.output.messages': JSON.stringify(answer),
              'gen_ai.response.finish_reasons': [tools ? 'tool_calls' : 'stop'],
              'gen_ai.response.time_to_first_chunk': Math.round(took / 4) / 1000,
            }),
      },
    });
    if (failed)
      this.log(service, at + took, 'error', `model call failed: rate limit of ${name} reached, try again in 2 s`, {
        model: name,
        error_type: 'rate_limit',
      });
    return { end: at + took, failed };
  }

  database(service, parent, at, table) {
    const took = 2 + this.r.exponential(14);
    this.span(service, {
      parent,
      name: `SELECT ${table}`,
      kind: 'client',
      begin: at,
      end: at + took,
      fields: {
        'db.system.name': 'postgresql',
        'db.query.text': `SELECT * FROM ${table} WHERE id = $1`,
        'server.address': 'db.internal',
      },
    });
    return at + took;
  }

  root(service, method, route, end, code, error) {
    this.spans.get(service).unshift(
      span({
        trace: this.trace,
        id: this.rootId,
        name: `${method} ${route}`,
        kind: 'server',
        begin: this.begin,
        end,
        error,
        fields: {
          'http.request.method': method,
          'http.route': route,
          'url.path': route,
          'http.response.status_code': code,
          'http.response.body.size': 400 + this.r.below(9000),
          'user.id': this.user,
          'session.id': this.session,
          'request.id': this.request,
          ...(error ? { 'error.type': 'upstream_error' } : {}),
        },
      }),
    );
    this.log(
      service,
      end,
      code >= 500 ? 'error' : 'info',
      code >= 500 ? `request failed: ${error}` : 'request served',
      { status: code, path: route, duration_ms: Math.round(end - this.begin) },
      this.rootId,
    );
  }

  start(service) {
    this.rootId = this.r.hex(16);
    this.spans.set(service, []);
    this.log(service, this.begin, 'info', 'request received', {}, this.rootId);
  }
}

function chat(v) {
  v.start('chat-api');
  let at = v.database('chat-api', v.rootId, v.begin + 3, 'customers');
  if (v.r.chance(0.3)) v.log('chat-api', at, 'debug', 'cache miss', { cache: 'answers' });
  const { end, failed } = v.call('chat-api', v.rootId, at + 2);
  v.root('chat-api', 'POST', '/v1/chat', end + 4, failed ? 502 : 200, failed ? 'the model did not answer' : undefined);
}

function ask(v) {
  v.start('web');
  const inner = v.span('rag-api', {
    parent: v.rootId,
    name: 'POST /v1/ask',
    kind: 'server',
    begin: v.begin + 5,
    end: v.begin + 1500,
    fields: {
      'http.request.method': 'POST',
      'http.route': '/v1/ask',
      'http.response.status_code': 200,
    },
  });
  const find = v.span('rag-api', {
    parent: inner,
    name: 'retrieval handbook',
    begin: v.begin + 8,
    end: v.begin + 70,
    fields: {
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.data_source.id': 'handbook',
      'gen_ai.retrieval.documents': JSON.stringify([
        { id: 'handbook-12', score: 0.91 },
        { id: 'handbook-7', score: 0.74 },
      ]),
    },
  });
  v.database('rag-api', find, v.begin + 20, 'documents');
  v.log('rag-api', v.begin + 71, 'debug', 'retrieved 2 documents', { documents: 2 }, find);
  const { end, failed } = v.call('rag-api', inner, v.begin + 75);
  if (failed) v.log('rag-api', end, 'warn', 'answered from the fallback', {}, inner);
  v.root('web', 'POST', '/ask', end + 6, 200);
}

function research(v) {
  v.start('research-agent');
  let at = v.begin + 4;
  const agent = v.r.hex(16);
  const steps = 2 + v.r.below(3);
  let failed = false;
  const inner = [];
  for (let i = 0; i < steps && !failed; i++) {
    const call = v.call('research-agent', agent, at, {
      agent: 'researcher',
      tools: i < steps - 1,
    });
    ({ failed } = call);
    at = call.end + 3;
    if (failed || i === steps - 1) break;
    const tool = v.r.pick(['web_search', 'read_page', 'sql_query']);
    const end = at + 20 + v.r.exponential(60);
    const broken = v.r.chance(0.05);
    inner.push(
      v.span('research-agent', {
        parent: agent,
        name: `execute_tool ${tool}`,
        begin: at,
        end,
        error: broken ? `tool ${tool}: connection reset` : undefined,
        fields: {
          'gen_ai.operation.name': 'execute_tool',
          'gen_ai.agent.name': 'researcher',
          'gen_ai.tool.name': tool,
          'gen_ai.tool.call.arguments': '{"query":"invoice"}',
          'gen_ai.tool.call.result': '{"rows":3}',
          ...(broken ? { 'error.type': 'connection_reset' } : {}),
        },
      }),
    );
    at = end + 2;
  }
  const writer = v.r.hex(16);
  const last = v.call('research-agent', writer, at + 2, {
    agent: 'writer',
    failed: false,
  });
  for (const [id, name, parent, begin, end] of [
    [writer, 'writer', agent, at, last.end + 1],
    [agent, 'researcher', v.rootId, v.begin + 2, last.end + 3],
  ]) {
    v.spans.get('research-agent').push(
      span({
        trace: v.trace,
        id,
        parent,
        name: `invoke_agent ${name}`,
        begin,
        end,
        error: failed && name === 'researcher' ? 'a model call failed' : undefined,
        fields: {
          'gen_ai.operation.name': 'invoke_agent',
          'gen_ai.agent.name': name,
          'user.id': v.user,
          'session.id': v.session,
          'request.id': v.request,
        },
      }),
    );
  }
  v.root(
    'research-agent',
    'POST',
    '/v1/research',
    last.end + 6,
    failed ? 500 : 200,
    failed ? 'the agent gave up' : undefined,
  );
}

/** Sends the traffic of the hour before now. Returns what tests look for. */
export async function seedShop(server, now, visits = 420) {
  const r = random(20261121);
  const spans = new Map();
  const lines = [];
  const known = {
    calls: 0,
    traces: [],
    sessions: new Set(),
    requests: [],
    failed: [],
  };
  for (let i = 0; i < visits; i++) {
    const v = new Visit(r, now - 58 * 60e3 + (i * 57 * 60e3) / visits + r.below(4000));
    const kind = r.pick([chat, chat, chat, ask, ask, research]);
    kind(v);
    for (const [service, list] of v.spans) spans.set(service, [...(spans.get(service) ?? []), ...list]);
    lines.push(...v.lines);
    known.traces.push({
      trace: v.trace,
      request: v.request,
      session: v.session,
      kind: kind.name,
      failed: v.lines.some((l) => l.level === 'error'),
    });
  }
  for (let i = 0; i < 600; i++) {
    const level = r.pick(['debug', 'debug', 'info', 'info', 'info', 'warn', 'error']);
    lines.push({
      time: new Date(now - 58 * 60e3 + i * 5700).toISOString(),
      level,
      msg:
        level === 'error'
          ? `job ${1000 + i} failed: connection to 10.0.0.${r.below(250)} reset`
          : `job ${1000 + i} done in ${r.below(900)} ms`,
      logger: 'worker',
      service: 'embed-worker',
      queue: r.pick(['mail', 'embeddings']),
      attempt: r.below(4),
    });
  }
  for (const [service, list] of spans) await sendSpans(server, service, list);
  await sendLines(server, lines);
  return known.traces;
}
