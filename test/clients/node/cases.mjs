// Runs named cases against the gateway and prints a JSON line for each: {case, ok, ...facts}. The Go test reads them and
// compares them with what the server recorded.
import assert from 'node:assert/strict'

export const base = process.env.TELLTALE_URL
export { assert }

// headers name the call for the server: the session is what the Go test looks it up by.
export const headers = (client, name) => ({ 'X-Session-Id': `${client}-${name}`, 'X-User-Id': 'user-123' })

export async function run(client, cases) {
  let failed = 0
  for (const [name, fn] of Object.entries(cases)) {
    try {
      const facts = (await fn(headers(client, name), name)) ?? {}
      console.log(JSON.stringify({ case: name, ok: true, ...facts }))
    } catch (e) {
      failed++
      console.log(JSON.stringify({ case: name, ok: false, error: String(e?.stack ?? e) }))
    }
  }
  process.exit(failed ? 1 : 0)
}

export const tool = {
  name: 'get_weather', description: 'weather of a city',
  schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
}
