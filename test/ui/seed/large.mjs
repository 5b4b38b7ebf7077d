// Traces so large that a page which draws every row would stand still.
import { sendSpans, span } from './otlp.mjs';
import { random } from './random.mjs';

/** Sends a trace of so many spans: an agent with steps, each with model calls, tools and queries, down to depth 12. */
export async function seedLarge(server, now, count, trace) {
  const r = random(count);
  const begin = now - 20 * 60e3,
    whole = 240e3;
  const spans = [];
  const add = (o) => {
    const id = r.hex(16);
    spans.push(span({ ...o, trace, id }));
    return id;
  };
  const root = add({
    name: `POST /v1/batch of ${count}`,
    kind: 'server',
    begin,
    end: begin + whole,
    fields: {
      'http.request.method': 'POST',
      'http.route': '/v1/batch',
      'http.response.status_code': 200,
      'request.id': `req-large-${count}`,
    },
  });
  const agent = add({
    parent: root,
    name: 'invoke_agent batch',
    begin: begin + 5,
    end: begin + whole - 5,
    fields: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'batch',
    },
  });
  const each = 25;
  const steps = Math.ceil((count - 2) / each);
  const width = (whole - 20) / steps;
  for (let s = 0; spans.length < count; s++) {
    const at = begin + 8 + s * width;
    let parent = add({
      parent: agent,
      name: `step ${s + 1}`,
      begin: at,
      end: at + width * 0.98,
      fields: { 'gen_ai.operation.name': 'plan', 'gen_ai.agent.name': 'batch' },
    });
    for (let i = 1; i < each && spans.length < count; i++) {
      const t = at + (width * 0.9 * i) / each,
        end = t + (width * 0.9) / each;
      const failed = r.chance(0.01);
      const kind = i % 4;
      const id = add(
        kind === 1
          ? {
              parent,
              name: 'chat gpt-4o-mini',
              kind: 'client',
              begin: t,
              end,
              error: failed ? 'rate limit reached' : undefined,
              fields: {
                'gen_ai.operation.name': 'chat',
                'gen_ai.provider.name': 'openai',
                'gen_ai.request.model': 'gpt-4o-mini',
                'gen_ai.agent.name': 'batch',
                'gen_ai.usage.input_tokens': 100 + r.below(900),
                'gen_ai.usage.output_tokens': 10 + r.below(90),
              },
            }
          : kind === 2
            ? {
                parent,
                name: 'SELECT orders',
                kind: 'client',
                begin: t,
                end,
                fields: {
                  'db.system.name': 'postgresql',
                  'db.query.text': 'SELECT 1',
                },
              }
            : kind === 3
              ? {
                  parent,
                  name: 'execute_tool web_search',
                  begin: t,
                  end,
                  error: failed ? 'connection reset' : undefined,
                  fields: {
                    'gen_ai.operation.name': 'execute_tool',
                    'gen_ai.tool.name': 'web_search',
                    'gen_ai.agent.name': 'batch',
                  },
                }
              : {
                  parent,
                  name: 'GET /customers/{id}',
                  kind: 'client',
                  begin: t,
                  end,
                  fields: {
                    'http.request.method': 'GET',
                    'http.response.status_code': 200,
                    'server.address': 'crm.internal',
                  },
                },
      );
      if (i % 8 === 0) parent = id; // children of what is over by then, as queues leave them
    }
  }
  await sendSpans(server, 'batch', spans);
}
