import { assert, base, run, tool } from './cases.mjs'

const pkg = process.argv[2] // openai (7) or openai6
const { default: OpenAI } = await import(pkg)
const client = new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: 'sk-test-0000000000000000000000', maxRetries: 2 })
const model = 'gpt-4o-mini'
const messages = [{ role: 'system', content: 'be brief' }, { role: 'user', content: 'hi there' }]
const usage = (u) => ({ input: u.prompt_tokens ?? u.input_tokens, output: u.completion_tokens ?? u.output_tokens })

await run(pkg, {
  async chat(headers) {
    const r = await client.chat.completions.create({ model, messages }, { headers })
    assert.ok(r.choices[0].message.content)
    return { id: r.id, ...usage(r.usage) }
  },
  async stream(headers) {
    const s = await client.chat.completions.create({ model, messages, stream: true }, { headers })
    let text = '', usageChunks = 0, id
    for await (const c of s) {
      id = c.id
      if (c.usage) usageChunks++
      text += c.choices[0]?.delta?.content ?? ''
      assert.ok(c.choices.length > 0, 'a chunk the client did not ask for came through')
    }
    assert.ok(text.length > 0)
    assert.equal(usageChunks, 0)
    return { id }
  },
  async stream_usage(headers) {
    const s = await client.chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }, { headers })
    let last, id
    for await (const c of s) { id = c.id; if (c.usage) last = c.usage }
    return { id, ...usage(last) }
  },
  async tools(headers) {
    const tools = [{ type: 'function', function: { name: tool.name, description: tool.description, parameters: tool.schema } }]
    const r = await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'weather in Paris?' }], tools }, { headers })
    const call = r.choices[0].message.tool_calls[0]
    assert.equal(call.function.name, tool.name)
    JSON.parse(call.function.arguments)
    return { id: r.id, ...usage(r.usage), finish: 'tool_call' }
  },
  async structured(headers) {
    const r = await client.chat.completions.parse({
      model, messages, response_format: { type: 'json_schema', json_schema: { name: 'w', strict: true, schema: tool.schema } },
    }, { headers })
    assert.equal(typeof JSON.parse(r.choices[0].message.content).city, 'string')
    return { id: r.id, ...usage(r.usage) }
  },
  async responses(headers) {
    const r = await client.responses.create({ model, input: 'hi there', instructions: 'be brief' }, { headers })
    assert.ok(r.output_text)
    return { id: r.id, ...usage(r.usage) }
  },
  async responses_stream(headers) {
    const s = await client.responses.create({ model, input: 'hi there', stream: true }, { headers })
    let done
    for await (const e of s) if (e.type === 'response.completed') done = e.response
    return { id: done.id, ...usage(done.usage) }
  },
  async embeddings(headers) {
    const r = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] }, { headers })
    assert.equal(r.data.length, 2)
    return { input: r.usage.prompt_tokens }
  },
  async models(headers) {
    const ids = []
    for await (const m of client.models.list({ headers })) ids.push(m.id)
    assert.ok(ids.length > 0)
    return { uncounted: true }
  },
  async error(headers) {
    await assert.rejects(client.chat.completions.create({ model: 'mock-500', messages }, { headers, maxRetries: 0 }), (e) => e.status === 500)
    return { failed: true }
  },
  async rate_limit(headers) {
    await assert.rejects(client.chat.completions.create({ model: 'mock-429', messages }, { headers, maxRetries: 0 }),
      (e) => e instanceof OpenAI.RateLimitError && e.headers.get('retry-after') !== null)
    return { failed: true }
  },
  async retry(headers) {
    const r = await client.chat.completions.create({ model: 'mock-429-once', messages }, { headers })
    assert.ok(r.choices[0].message.content)
    return { calls: 2 }
  },
  async cancel(headers) {
    const s = await client.chat.completions.create({ model: 'mock-slow-stream', messages, stream: true }, { headers })
    for await (const c of s) { if (c) break }
    s.controller.abort()
    return { cancelled: true }
  },
  async unauthorized(headers) {
    const bad = new OpenAI({ baseURL: `${base}/openai/v1`, apiKey: 'sk-invalid', maxRetries: 0 })
    await assert.rejects(bad.chat.completions.create({ model: 'mock-401', messages }, { headers }), OpenAI.AuthenticationError)
    return { failed: true }
  },
})
