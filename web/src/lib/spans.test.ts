import { describe, expect, it } from 'vitest';
import { kindOf, tokensOf } from './spans';

describe('kindOf', () => {
  it.each([
    ['llm', { genai: { operation: 'chat', call: true } }],
    ['llm', { genai: { operation: 'embeddings', call: true } }],
    ['agent', { genai: { operation: 'invoke_agent', call: false, agent: 'a' } }],
    ['agent', { genai: { operation: 'plan', call: false } }],
    ['tool', { genai: { operation: 'execute_tool', call: false } }],
    ['retrieval', { genai: { operation: 'retrieval', call: false } }],
    ['llm', { genai: { operation: 'something_new', call: true } }],
    ['tool', { attributes: { 'mcp.method.name': 'tools/call', 'http.request.method': 'POST' } }],
    ['retrieval', { attributes: { 'openinference.span.kind': 'RETRIEVER' } }],
    ['db', { attributes: { 'db.system': 'postgresql' } }],
    ['http', { http_method: 'GET' }],
    ['http', { attributes: { 'rpc.system': 'grpc' } }],
    // an agent's name alone does not make a database query an agent
    ['db', { genai: { call: false, agent: 'a' }, attributes: { 'db.system.name': 'sqlite' } }],
    ['agent', { genai: { call: false, agent: 'a' } }],
    ['other', {}],
  ] as const)('%s of %j', (kind, span) => expect(kindOf(span)).toBe(kind));
});

describe('tokensOf', () => {
  it('is unknown without usage, and zero where zero was told', () => {
    expect(tokensOf({})).toBeNull();
    expect(tokensOf({ genai: { call: true, usage: { cache_read_tokens: 3 } } })).toBeNull();
    expect(tokensOf({ genai: { call: true, usage: { input_tokens: 0 } } })).toBe(0);
    expect(tokensOf({ genai: { call: true, usage: { input_tokens: 7, output_tokens: 5 } } })).toBe(12);
  });
});
