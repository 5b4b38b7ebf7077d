// Model calls of a trace as one conversation. A call carries all that was said before it: what the call before had as well is left out.
import type { TraceTree } from './tree';

/** Places of the model calls of a trace, in order of time. */
export function callsOf(tree: TraceTree): number[] {
  const calls: number[] = [];
  for (let i = 0; i < tree.spans.length; i++) if (tree.spans[i]!.genai?.call) calls.push(i);
  return calls.sort((a, b) => tree.start[a]! - tree.start[b]! || a - b);
}

/** For each call the one before it of the same agent, or of the same service where no agent is told; -1 for the first. */
export function before(tree: TraceTree, calls: number[]): number[] {
  const last = new Map<string, number>();
  return calls.map((at) => {
    const span = tree.spans[at]!;
    const who = span.genai?.agent ? `agent ${span.genai.agent}` : `service ${span.service ?? ''}`;
    const found = last.get(who) ?? -1;
    last.set(who, at);
    return found;
  });
}

/** The messages of a call that the call before did not have, and how many are left out. Texts that are no JSON stay whole. */
export function fresh(
  previous: string | undefined,
  current: string | undefined,
): { messages: string | undefined; left: number } {
  const old = list(previous),
    all = list(current);
  if (!old || !all) return { messages: current, left: 0 };
  let left = 0;
  while (left < old.length && left < all.length && JSON.stringify(old[left]) === JSON.stringify(all[left])) left++;
  // the last message stays: a call without a question says nothing
  left = Math.min(left, all.length - 1);
  return left <= 0 ? { messages: current, left: 0 } : { messages: JSON.stringify(all.slice(left)), left };
}

function list(text: string | undefined): unknown[] | null {
  if (!text || text.length > 4 << 20) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
