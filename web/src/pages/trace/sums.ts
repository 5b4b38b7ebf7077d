// What follows from a tree, and what its first rows do without: made when it is first asked for.
import { kindOf, type Kind } from '@/lib/spans';
import type { TraceTree } from './tree';

export interface Sums {
  kind: Kind[];
  self: Float64Array; // ns in which no child ran
  below: Int32Array; // failed spans in the subtree below
  tokens: Float64Array; // -1: unknown
  cost: Float64Array; // USD; -1: unknown
  tokensIn: Float64Array; // of the whole subtree, as far as known
  costIn: Float64Array;
}

export function sumsOf(tree: TraceTree): Sums {
  const n = tree.spans.length;
  const sums: Sums = {
    kind: tree.spans.map(kindOf),
    self: ownTimes(tree),
    below: new Int32Array(n),
    tokens: new Float64Array(n),
    cost: new Float64Array(n),
    tokensIn: new Float64Array(n),
    costIn: new Float64Array(n),
  };
  for (let i = n - 1; i >= 0; i--) {
    const p = tree.parent[i]!;
    const { tokens, cost } = tree.spent(i);
    sums.tokens[i] = tokens;
    sums.cost[i] = cost;
    sums.tokensIn[i] = sums.tokensIn[i]! + Math.max(0, tokens);
    sums.costIn[i] = sums.costIn[i]! + Math.max(0, cost);
    if (p < 0) continue;
    sums.below[p] = sums.below[p]! + sums.below[i]! + tree.failed[i]!;
    sums.tokensIn[p] = sums.tokensIn[p]! + sums.tokensIn[i]!;
    sums.costIn[p] = sums.costIn[p]! + sums.costIn[i]!;
  }
  return sums;
}

function ownTimes(tree: TraceTree): Float64Array {
  const self = tree.length.slice();
  const covered = new Float64Array(self.length).fill(-Infinity); // how far the children of a span have covered it
  for (let i = 0; i < self.length; i++) {
    const p = tree.parent[i]!;
    if (p < 0) continue;
    const from = tree.start[p]!,
      to = from + tree.length[p]!,
      start = tree.start[i]!;
    // siblings come in order of start: what was covered before needs no second look
    const s = Math.max(start, from, covered[p]!),
      e = Math.min(start + tree.length[i]!, to);
    if (e <= s) continue;
    self[p] = self[p]! - (e - s);
    covered[p] = e;
  }
  return self;
}

/** The keys of spans, which addresses have: the span id; id.2 where it came twice. */
export function keysOf(tree: TraceTree): { keys: string[]; at: Map<string, number> } {
  const keys: string[] = [],
    at = new Map<string, number>();
  tree.spans.forEach((span, i) => {
    const id = span.span_id ?? `row-${i}`;
    let key = id;
    for (let n = 2; at.has(key); n++) key = `${id}.${n}`;
    keys.push(key);
    at.set(key, i);
  });
  return { keys, at };
}
