import Anthropic from '@anthropic-ai/sdk'
import { assert, base, run, tool } from './cases.mjs'

const client = new Anthropic({ baseURL: `${base}/anthropic`, apiKey: 'sk-ant-test-000000000000', maxRetries: 2 })
const model = 'claude-sonnet-4-5'
const ask = { model, max_tokens: 64, messages: [{ role: 'user', content: 'hi there' }] }
const usage = (u) => ({
  input: u.input_tokens + (u.cache_read_input_tokens ?? 0) + (u.cache_creation_input_tokens ?? 0), output: u.output_tokens,
})

await run('anthropic', {
  async messages(headers) {
    const r = await client.messages.create(ask, { headers })
    assert.equal(r.content[0].type, 'text')
    return { id: r.id, ...usage(r.usage) }
  },
  async cached(headers) {
    const r = await client.messages.create({ ...ask, system: [{ type: 'text', text: 'be brief '.repeat(500), cache_control: { type: 'ephemeral' } }] }, { headers })
    assert.ok(r.usage.cache_creation_input_tokens + r.usage.cache_read_input_tokens > 0)
    return { id: r.id, ...usage(r.usage) }
  },
  async stream(headers) {
    const s = client.messages.stream(ask, { headers })
    let deltas = 0
    s.on('text', () => deltas++)
    const r = await s.finalMessage()
    assert.ok(deltas > 0)
    return { id: r.id, ...usage(r.usage) }
  },
  async tools(headers) {
    const r = await client.messages.create({ ...ask, tools: [{ name: tool.name, description: tool.description, input_schema: tool.schema }] }, { headers })
    assert.equal(r.stop_reason, 'tool_use')
    assert.equal(r.content.at(-1).name, tool.name)
    return { id: r.id, ...usage(r.usage), finish: 'tool_call' }
  },
  async count_tokens(headers) {
    const r = await client.messages.countTokens({ model, messages: ask.messages }, { headers })
    assert.ok(r.input_tokens > 0)
    return { uncounted: true }
  },
  async error(headers) {
    await assert.rejects(client.messages.create({ ...ask, model: 'mock-500' }, { headers, maxRetries: 0 }), Anthropic.InternalServerError)
    return { failed: true }
  },
  async stream_error(headers) {
    await assert.rejects(async () => { await client.messages.stream({ ...ask, model: 'mock-stream-error' }, { headers, maxRetries: 0 }).finalMessage() })
    return { failed: true }
  },
})
