// A trace as a tree, prepared once: spans in the order of rows (a parent, then its subtree), and columns of numbers beside them,
// so that rows, minimap, flames and paths are loops over arrays. Nothing is lost and nothing is trusted: parents may be missing,
// ids may come twice, parents may form cycles, clocks may differ, and a tree may be thousands deep.
// The first rows wait for what is here; sums over subtrees, kinds of all spans and their keys are made when first asked for.
import type { Log, Span, Trace } from '@/api/client';
import type { Kind } from '@/lib/spans';
import { Clock } from './clock';
import { link, type Linked } from './link';
import { odd } from './odd';
import { keysOf, sumsOf, type Sums } from './sums';

export { odd } from './odd';

export class TraceTree {
  readonly spans: Span[]; // in the order of rows
  readonly parent: Int32Array; // place, or -1
  readonly depth: Int32Array;
  readonly end: Int32Array; // place after the last span of the subtree
  readonly children: Int32Array; // how many
  readonly start: Float64Array; // ns since origin
  readonly length: Float64Array; // ns
  readonly failed: Uint8Array; // 1 where the status is error
  readonly odd: Uint8Array;
  origin = 0; // ms since 1970
  total = 0; // ns, from the first start to the last end
  deepest = 0;
  errors = 0; // failed spans
  early = 0; // spans that start before their parents
  skewed = 0; // spans that lie outside of their parents
  cycles = 0;
  logs: Log[] = []; // in order of time
  logTime = new Float64Array(0); // ns since origin
  logSpan = new Int32Array(0); // place, or -1
  logsOf = new Map<number, number[]>(); // places of logs by place of span, in order of time; -1 has those without a span
  private summed?: Sums;
  private named?: ReturnType<typeof keysOf>;

  /** count: spans that were received; missing: parents that were not. */
  constructor(
    readonly id: string,
    readonly count: number,
    readonly missing: number,
  ) {
    const n = count + missing;
    this.spans = new Array<Span>(n);
    this.parent = new Int32Array(n);
    this.depth = new Int32Array(n);
    this.end = new Int32Array(n);
    this.children = new Int32Array(n);
    this.start = new Float64Array(n);
    this.length = new Float64Array(n);
    this.failed = new Uint8Array(n);
    this.odd = new Uint8Array(n);
  }

  private get sums(): Sums {
    return (this.summed ??= sumsOf(this));
  }
  get kind(): Kind[] {
    return this.sums.kind;
  }
  get self(): Float64Array {
    return this.sums.self;
  }
  get below(): Int32Array {
    return this.sums.below;
  }
  get tokens(): Float64Array {
    return this.sums.tokens;
  }
  get cost(): Float64Array {
    return this.sums.cost;
  }
  get tokensIn(): Float64Array {
    return this.sums.tokensIn;
  }
  get costIn(): Float64Array {
    return this.sums.costIn;
  }
  /** For addresses: the span id; id.2 where it came twice. */
  get keys(): string[] {
    return (this.named ??= keysOf(this)).keys;
  }
  /** Place of a key. */
  get at(): Map<string, number> {
    return (this.named ??= keysOf(this)).at;
  }

  /** Tokens and cost (USD) of one span; -1: unknown. */
  spent(i: number): { tokens: number; cost: number } {
    const genai = this.spans[i]!.genai,
      usage = genai?.usage;
    return {
      tokens:
        usage && (usage.input_tokens !== undefined || usage.output_tokens !== undefined)
          ? (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0)
          : -1,
      cost: genai?.cost_usd === undefined ? -1 : Number(genai.cost_usd),
    };
  }
}

/** Prepares a trace. */
export function buildTree(trace: Pick<Trace, 'trace_id' | 'spans' | 'logs'>): TraceTree {
  const clock = new Clock(trace.spans[0]?.time ?? trace.logs[0]?.time);
  const tree = layOut(trace.trace_id, link(trace.spans, clock));
  mark(tree);
  if (trace.logs.length > 0) addLogs(tree, trace.logs, clock);
  toOrigin(tree, clock);
  return tree;
}

// layOut writes the spans in the order of rows: from each to its first child, else to the next sibling of the nearest that has one.
function layOut(id: string, from: Linked): TraceTree {
  const tree = new TraceTree(id, from.received, from.spans.length - from.received);
  const { spans, parent, depth, end, children, start, length, odd: marks } = tree;
  const { starts, ends, first, next, parent: above } = from;
  const place = new Int32Array(from.spans.length);
  let at = 0;
  for (const root of from.roots) {
    for (let i = root; i >= 0;) {
      const p = i === root ? -1 : place[above[i]!]!;
      place[i] = at;
      spans[at] = from.spans[i]!;
      parent[at] = p;
      start[at] = starts[i]!;
      length[at] = ends[i]! - starts[i]!;
      marks[at] = from.marks[i]!;
      if (p >= 0) {
        const level = depth[p]! + 1;
        depth[at] = level;
        children[p]!++;
        if (level > tree.deepest) tree.deepest = level;
      }
      at++;
      if (first[i]! >= 0) {
        i = first[i]!;
        continue;
      }
      end[at - 1] = at;
      while (i !== root && next[i]! < 0) {
        i = above[i]!;
        end[place[i]!] = at;
      }
      i = i === root ? -1 : next[i]!;
    }
  }
  return tree;
}

// mark counts what failed and what is odd.
function mark(tree: TraceTree) {
  const { spans, parent, start, length, failed, odd: marks } = tree;
  for (let i = 0; i < spans.length; i++) {
    if (spans[i]!.status === 'error') {
      failed[i] = 1;
      tree.errors++;
    }
    if (marks[i]! & odd.cycle) tree.cycles++;
    const p = parent[i]!;
    if (p < 0) continue;
    const before = start[i]! < start[p]!,
      after = start[i]! + length[i]! > start[p]! + length[p]!;
    if (!before && !after) continue;
    marks[i]! |= (before ? odd.early : 0) | (after ? odd.late : 0);
    tree.skewed++;
    if (before) tree.early++;
  }
}

function addLogs(tree: TraceTree, logs: Log[], clock: Clock) {
  const n = logs.length;
  const times = Float64Array.from(logs, (l) => clock.ns(l.time));
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
  tree.logs = order.map((i) => logs[i]!);
  tree.logTime = Float64Array.from(order, (i) => times[i]!);
  tree.logSpan = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const id = tree.logs[i]!.span_id;
    const span = (id !== undefined ? tree.at.get(id) : undefined) ?? -1;
    tree.logSpan[i] = span;
    const list = tree.logsOf.get(span);
    if (list) list.push(i);
    else tree.logsOf.set(span, [i]);
  }
}

// toOrigin makes all times relative to the first one.
function toOrigin(tree: TraceTree, clock: Clock) {
  const { start, length, logTime } = tree;
  let first = Infinity,
    last = -Infinity;
  for (let i = 0; i < start.length; i++) {
    const from = start[i]!,
      to = from + length[i]!;
    if (from < first) first = from;
    if (to > last) last = to;
  }
  for (const t of logTime) {
    if (t < first) first = t;
    if (t > last) last = t;
  }
  if (first === Infinity) return;
  for (let i = 0; i < start.length; i++) start[i]! -= first;
  for (let i = 0; i < logTime.length; i++) logTime[i]! -= first;
  tree.origin = clock.origin + first / 1e6;
  tree.total = last - first;
}

/** Whether a span stands for a parent that was not received. */
export const isMissing = (tree: TraceTree, i: number): boolean => (tree.odd[i]! & odd.missing) !== 0;

/** The spans above a span, nearest first. */
export function ancestors(tree: TraceTree, i: number): number[] {
  const list: number[] = [];
  for (let p = tree.parent[i] ?? -1; p >= 0; p = tree.parent[p]!) list.push(p);
  return list;
}

/** Which span gives the trace its name: the first root that was received, or the earliest span. A cut cycle makes no root. */
export function rootOf(tree: TraceTree): number {
  let earliest = -1;
  for (let i = 0; i < tree.spans.length; i++) {
    if (isMissing(tree, i)) continue;
    if (tree.parent[i] === -1 && !(tree.odd[i]! & odd.cycle)) return i;
    if (earliest < 0 || tree.start[i]! < tree.start[earliest]!) earliest = i;
  }
  return earliest;
}
