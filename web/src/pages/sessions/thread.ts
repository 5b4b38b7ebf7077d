// Calls of a session as one thread: each call resends what was said before, which is left out here.
import type { Span } from '@/api/client';
import {
  parseInstructions,
  parseMessages,
  plainText,
  type Content,
  type Message,
} from '@/components/conversation/messages';

export interface Turn {
  span: Span;
  before: number; // messages that were resent
  said: Message[]; // that are new in this call
  answer: Message[];
  system?: Message[]; // where they are new
  input: Content;
  output: Content;
  waited?: number; // ns between the end of the call before and the beginning of this
  cost: number; // USD, of this call and those before whose cost is known
  tokens: number;
}

const histories = 32; // agents of a session have conversations of their own
const longest = 4000;

const key = (m: Message): string => `${m.role}\n${plainText(m.parts).trim()}`;

/** Turns of calls in the order of time. */
export function thread(calls: Span[]): Turn[] {
  const known: string[][] = [];
  const systems = new Set<string>();
  let cost = 0,
    tokens = 0;
  let ended: number | undefined;
  return calls.map((span) => {
    const g = span.genai;
    const input = parseMessages(g?.input_messages, 'user');
    const output = parseMessages(g?.output_messages, 'assistant');
    const keys = input.messages.slice(0, longest).map(key);
    const { at, resent } = continued(known, keys);
    const history = [...keys, ...output.messages.map(key)].slice(-longest);
    if (at >= 0) known.splice(at, 1);
    known.unshift(history);
    known.length = Math.min(known.length, histories);
    const instructions = g?.system_instructions ?? '';
    const fresh = instructions !== '' && !systems.has(instructions);
    if (fresh && systems.size < 1000) systems.add(instructions);
    cost += Number(g?.cost_usd ?? 0);
    tokens += (g?.usage?.input_tokens ?? 0) + (g?.usage?.output_tokens ?? 0);
    const begin = Date.parse(span.time);
    const waited = ended === undefined ? undefined : Math.round((begin - ended) * 1e6);
    ended = Math.max(ended ?? 0, begin + span.duration_ns / 1e6);
    return {
      span,
      before: resent,
      said: input.messages.slice(resent),
      answer: output.messages,
      system: fresh ? parseInstructions(instructions).messages : undefined,
      input,
      output,
      waited,
      cost,
      tokens,
    };
  });
}

// continued finds the history that a call goes on with, and how many of its messages are from there. A client may have
// dropped the oldest ones: then the call begins in the middle of the history.
function continued(known: string[][], keys: string[]): { at: number; resent: number } {
  let best = { at: -1, resent: 0 };
  if (keys.length < 2) return best; // a single message is a question of its own
  for (const [at, history] of known.entries()) {
    for (
      let from = history.indexOf(keys[0]!), tries = 0;
      from >= 0 && tries < 50;
      from = history.indexOf(keys[0]!, from + 1), tries++
    ) {
      let n = 0;
      while (from + n < history.length && n < keys.length - 1 && history[from + n] === keys[n]) n++;
      if (n > best.resent) best = { at, resent: n };
    }
  }
  return best;
}
