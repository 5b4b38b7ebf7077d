// How the tokens of a call may spread over what was sent. Providers report sums only, so this is by length, and said so.
import { plainText, type Message } from './messages';

/** Shares of a number of tokens by length, rounded; null where there is nothing to go by. */
export function shares(lengths: number[], tokens: number | undefined): (number | null)[] {
  const total = lengths.reduce((a, b) => a + b, 0);
  if (tokens === undefined || total === 0) return lengths.map(() => null);
  return lengths.map((n) => Math.round((tokens * n) / total));
}

export const lengthOf = (m: Message): number => plainText(m.parts).length + 8; // a message has a frame of a few tokens

/** Which tool a result belongs to, and which calls have an answer, by the ids of calls. */
export function pairTools(messages: Message[]): { names: Map<string, string>; answered: Set<string> } {
  const names = new Map<string, string>();
  const answered = new Set<string>();
  for (const m of messages) {
    for (const p of m.parts) {
      if (p.kind === 'call' && p.id) names.set(p.id, p.name);
      if (p.kind === 'result' && p.id) answered.add(p.id);
    }
  }
  return { names, answered };
}
