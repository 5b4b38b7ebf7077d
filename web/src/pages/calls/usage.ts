// What the tokens of a call were, part by part, and why a call has no cost.
import type { GenAI, Span } from '@/api/client';

export interface TokenPart {
  name: string;
  tokens: number;
  side: 'input' | 'output';
  color: string;
  what: string;
  cost?: number; // in USD, where the server took the cost apart
}

/** Parts that add up to input and output. Input holds what was cached, output holds reasoning: they are taken apart here. */
export function tokenParts(u: GenAI['usage'], costs: GenAI['cost_parts'] = undefined): TokenPart[] {
  if (!u) return [];
  const parts: TokenPart[] = [];
  const costOf = (...kinds: string[]) => {
    const found = (costs ?? []).filter((c) => kinds.includes(c.kind));
    return found.length > 0 ? found.reduce((sum, c) => sum + Number(c.cost_usd), 0) : undefined;
  };
  const add = (
    name: string,
    tokens: number | undefined,
    side: TokenPart['side'],
    color: string,
    what: string,
    ...kinds: string[]
  ) => {
    if (tokens !== undefined && tokens > 0) parts.push({ name, tokens, side, color, what, cost: costOf(...kinds) });
    return tokens ?? 0;
  };
  const ofInput =
    add('cached', u.cache_read_tokens, 'input', '--s3', 'read from the cache of the provider', 'cache_read') +
    add(
      'written to the cache',
      (u.cache_write_5m_tokens ?? 0) + (u.cache_write_1h_tokens ?? 0) || undefined,
      'input',
      '--s2',
      'written to the cache of the provider',
      'cache_write_5m',
      'cache_write_1h',
    ) +
    add('audio in', u.audio_input_tokens, 'input', '--s5', 'sound that was sent', 'audio_input');
  const ofOutput =
    add('reasoning', u.reasoning_tokens, 'output', '--s8', 'spent on reasoning before the answer', 'reasoning') +
    add('audio out', u.audio_output_tokens, 'output', '--s5', 'sound that was answered', 'audio_output');
  if (u.input_tokens !== undefined)
    parts.unshift({
      name: ofInput > 0 ? 'input, new' : 'input',
      tokens: Math.max(0, u.input_tokens - ofInput),
      side: 'input',
      color: '--s1',
      what: 'sent, and not from the cache',
      cost: costOf('input'),
    });
  if (u.output_tokens !== undefined)
    parts.push({
      name: ofOutput > 0 ? 'answer' : 'output',
      tokens: Math.max(0, u.output_tokens - ofOutput),
      side: 'output',
      color: '--s4',
      what: 'answered',
      cost: costOf('output'),
    });
  return parts;
}

/** Why a call has no cost; null where it has one. */
export function unpricedReason(s: Span): string | null {
  const g = s.genai;
  if (!g || g.cost_usd !== undefined) return null;
  if (!g.call) return 'Tokens and cost stand on the one span of this call that counts, so that sums are right.';
  const u = g.usage;
  const used = u && Object.values(u).some((n) => n !== undefined && n > 0);
  if (!used)
    return s.status === 'error'
      ? 'The call failed and reported no tokens.'
      : 'The client reported no tokens, so there is nothing to price.';
  return `No price is known for ${g.response_model ?? g.model ?? 'this model'}${g.provider ? ` of ${g.provider}` : ''}${g.service_tier ? `, tier ${g.service_tier}` : ''}${g.batch ? ', batch API' : ''}, for each kind of token it used. Cost is never guessed: name a file with its price as prices: in the configuration, or see telltale prices.`;
}

/** Parameters of the request, as instrumentations write them. */
export function parametersOf(s: Span): [string, string][] {
  const skip = new Set(['model', 'tools', 'messages']);
  return Object.entries(s.attributes ?? {})
    .filter(([k]) => k.startsWith('gen_ai.request.') || k === 'ai.prompt.toolChoice')
    .map(([k, v]): [string, string] => [
      k
        .replace(/^gen_ai\.request\./, '')
        .replace('ai.prompt.', '')
        .replaceAll('_', ' '),
      v,
    ])
    .filter(([k]) => !skip.has(k))
    .sort((a, b) => a[0].localeCompare(b[0]));
}
