import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { generateObject, generateText, jsonSchema, stepCountIs, streamText, tool as defineTool } from 'ai'
import { assert, base, run, tool } from './cases.mjs'

const openai = createOpenAI({ baseURL: `${base}/openai/v1`, apiKey: 'sk-test-0000000000000000000000' })
const anthropic = createAnthropic({ baseURL: `${base}/anthropic/v1`, apiKey: 'sk-ant-test-000000000000' })
const model = openai.chat('gpt-4o-mini')
const usage = (u) => ({ input: u.inputTokens, output: u.outputTokens })

await run('ai', {
  async generate(headers) {
    const r = await generateText({ model, prompt: 'hi there', headers })
    assert.ok(r.text)
    return usage(r.usage)
  },
  async stream(headers) {
    const r = streamText({ model, prompt: 'hi there', headers })
    let text = ''
    for await (const part of r.textStream) text += part
    assert.ok(text)
    return usage(await r.usage)
  },
  async responses(headers) {
    const r = await generateText({ model: openai.responses('gpt-4o-mini'), prompt: 'hi there', headers })
    assert.ok(r.text)
    return usage(r.usage)
  },
  async agent(headers) {
    const r = await generateText({
      model, prompt: 'weather in Paris?', headers, stopWhen: stepCountIs(4),
      tools: { [tool.name]: defineTool({ description: tool.description, inputSchema: jsonSchema(tool.schema), execute: async () => ({ celsius: 20 }) }) },
    })
    assert.ok(r.text)
    return { calls: r.steps.length }
  },
  async object(headers) {
    const r = await generateObject({ model, prompt: 'hi there', schema: jsonSchema(tool.schema), headers })
    assert.equal(typeof r.object.city, 'string')
    return usage(r.usage)
  },
  async anthropic(headers) {
    const r = await generateText({ model: anthropic('claude-sonnet-4-5'), prompt: 'hi there', headers })
    assert.ok(r.text)
    return {}
  },
})
