// LLM clients that report spans of their own, through the gateway, to the same server, as python/instrumented.py.
// usage: instrumented.mjs ai|anthropic SERVICE
import Anthropic from '@anthropic-ai/sdk'
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { OpenTelemetry } from '@ai-sdk/otel'
import { context, propagation, trace } from '@opentelemetry/api'
import { embed, embedMany, generateText, jsonSchema, registerTelemetry, stepCountIs, streamText, tool as defineTool } from 'ai'
import { assert, base, tool } from './cases.mjs'
import { setup } from './otel_setup.mjs'

const [kind, service] = process.argv.slice(2)
const { flush } = setup(service, kind === 'ai' ? 'json' : 'proto')
const tracer = trace.getTracer('app')
registerTelemetry(new OpenTelemetry())

// fetch as instrumented HTTP clients do it: with the context of the span that is active.
const joined = (url, init) => {
  const headers = new Headers(init.headers)
  propagation.inject(context.active(), headers, { set: (h, k, v) => h.set(k, v) })
  return fetch(url, { ...init, headers })
}
const key = 'sk-test-0000000000000000000000'
const openai = createOpenAI({ baseURL: `${base}/openai/v1`, apiKey: key, fetch: joined })
const apart = createOpenAI({ baseURL: `${base}/openai/v1`, apiKey: key })
const claude = createAnthropic({ baseURL: `${base}/anthropic/v1`, apiKey: 'sk-ant-test-000000000000', fetch: joined })
const sdk = new Anthropic({ baseURL: `${base}/anthropic`, apiKey: 'sk-ant-test-000000000000' })
const headers = (name) => ({ 'X-Session-Id': `${service}-${name}`, 'X-User-Id': 'user-123', 'X-Request-Id': `${service}-${name}` })
const embedder = openai.embedding('text-embedding-3-small')
const telemetry = { experimental_telemetry: { isEnabled: true } }
const usage = (u) => ({ input: u.inputTokens, output: u.outputTokens })

const cases = {
  ai: {
    async chat(headers) {
      const r = await generateText({ model: openai.chat('gpt-4o-mini'), prompt: 'hi there', headers })
      return usage(r.usage)
    },
    async stream(headers) {
      const r = streamText({ model: openai.chat('gpt-4o-mini'), prompt: 'hi there', headers })
      for await (const _ of r.textStream);
      return usage(await r.usage)
    },
    async apart(headers) {
      const r = await generateText({ model: apart.chat('gpt-4o-mini'), prompt: 'hi there', headers })
      return { ...usage(r.usage), apart: true }
    },
    async agent(headers) {
      const r = await generateText({
        model: openai.chat('gpt-4o-mini'), prompt: 'weather in Paris?', headers, stopWhen: stepCountIs(4),
        tools: { [tool.name]: defineTool({ description: tool.description, inputSchema: jsonSchema(tool.schema), execute: async () => ({ celsius: 20 }) }) },
      })
      assert.equal(r.steps.length, 2)
      return { calls: 2, ...usage(r.totalUsage ?? r.usage) }
    },
    async anthropic(headers) {
      const r = await generateText({ model: claude('claude-sonnet-4-5'), prompt: 'hi there', headers })
      return usage(r.usage)
    },
    // The span of an embedding is never the active one, so that the provider's answer hangs beside it.
    async embed(headers) {
      const r = await embed({ model: embedder, value: 'hi there', headers, ...telemetry })
      assert.ok(r.embedding.length)
      return { input: r.usage.tokens, beside: true }
    },
    async embed_many(headers) {
      const r = await embedMany({ model: embedder, values: ['hi there', 'and here'], headers, ...telemetry })
      assert.equal(r.embeddings.length, 2)
      return { input: r.usage.tokens, beside: true }
    },
  },
  anthropic: {
    async message(headers) {
      const r = await sdk.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi there' }] }, { headers })
      return { id: r.id, input: r.usage.input_tokens, output: r.usage.output_tokens }
    },
    async message_stream(headers) {
      const s = sdk.messages.stream({ model: 'claude-sonnet-4-5', max_tokens: 64, messages: [{ role: 'user', content: 'hi there' }] }, { headers })
      const r = await s.finalMessage()
      return { id: r.id, input: r.usage.input_tokens, output: r.usage.output_tokens }
    },
  },
}[kind]

for (const [name, fn] of Object.entries(cases)) {
  await tracer.startActiveSpan(name, async (root) => {
    try {
      const facts = await fn(headers(name))
      console.log(JSON.stringify({ case: name, ok: true, ...facts, trace: root.spanContext().traceId }))
    } catch (e) {
      console.log(JSON.stringify({ case: name, ok: false, error: String(e?.stack ?? e) }))
    }
    root.end()
  })
}
await flush()
process.exit(0)
