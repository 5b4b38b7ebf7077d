import { GoogleGenAI } from '@google/genai'
import { assert, base, run, tool } from './cases.mjs'

const client = (headers) => new GoogleGenAI({ apiKey: 'AIza-test-000000000000000000000000000000', httpOptions: { baseUrl: `${base}/gemini`, headers } })
const model = 'gemini-2.5-flash'
const usage = (u) => ({ input: u.promptTokenCount, output: (u.candidatesTokenCount ?? 0) + (u.thoughtsTokenCount ?? 0) })

await run('google', {
  async generate(headers) {
    const r = await client(headers).models.generateContent({ model, contents: 'hi there', config: { systemInstruction: 'be brief' } })
    assert.ok(r.text)
    return usage(r.usageMetadata)
  },
  async stream(headers) {
    let last, text = ''
    for await (const c of await client(headers).models.generateContentStream({ model, contents: 'hi there' })) {
      last = c
      text += c.text ?? ''
    }
    assert.ok(text)
    return usage(last.usageMetadata)
  },
  async tools(headers) {
    const r = await client(headers).models.generateContent({
      model, contents: 'weather in Paris?',
      config: { tools: [{ functionDeclarations: [{ name: tool.name, description: tool.description, parametersJsonSchema: tool.schema }] }] },
    })
    assert.equal(r.functionCalls[0].name, tool.name)
    return usage(r.usageMetadata)
  },
  async embed(headers) {
    const r = await client(headers).models.embedContent({ model: 'gemini-embedding-001', contents: ['one'] })
    assert.ok(r.embeddings.length > 0)
    return {}
  },
  async count_tokens(headers) {
    const r = await client(headers).models.countTokens({ model, contents: 'hi there' })
    assert.ok(r.totalTokens > 0)
    return { uncounted: true }
  },
  async error(headers) {
    await assert.rejects(client(headers).models.generateContent({ model: 'mock-500', contents: 'hi' }), (e) => e.status === 500)
    return { failed: true }
  },
})
