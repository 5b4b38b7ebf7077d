// A trace as a tree, prepared once: spans in the order of rows (a parent, then its subtree), and columns of numbers beside them,
// so that rows, minimap, flames and paths are loops over arrays. Nothing is lost and nothing is trusted: parents may be missing,
// ids may come twice, parents may form cycles, clocks may differ, and a tree may be thousands deep.
import type { Log, Span, Trace } from '@/api/client';
import { kindOf, type Kind } from '@/lib/spans';

/** What is odd about a span, as bits of TraceTree.odd. */
export const odd = {
  missing: 1, // not a span of the trace: stands for a parent that was not received
  cycle: 2, // it is its own ancestor; shown as a root
  duplicate: 4, // its id came before
  early: 8, // starts before its parent: clocks differ
  late: 16, // ends after its parent
} as const;

export interface TraceTree {
  id: string;
  spans: Span[]; // in the order of rows
  keys: string[]; // unique, for addresses: the span id; id.2 where it came twice
  at: Map<string, number>; // place of a key
  parent: Int32Array; // place, or -1
  depth: Int32Array;
  end: Int32Array; // place after the last span of the subtree
  children: Int32Array; // how many
  start: Float64Array; // ns since origin
  length: Float64Array; // ns
  self: Float64Array; // ns in which no child ran
  kind: Kind[];
  failed: Uint8Array; // 1 where the status is error
  below: Int32Array; // failed spans in the subtree below
  odd: Uint8Array;
  tokens: Float64Array; // -1: unknown
  cost: Float64Array; // USD; -1: unknown
  tokensIn: Float64Array; // of the whole subtree, as far as known
  costIn: Float64Array;
  origin: number; // ms since 1970
  total: number; // ns, from the first start to the last end
  deepest: number;
  count: number; // spans that were received
  errors: number; // failed spans
  missing: number; // parents that were not received
  skewed: number; // spans that lie outside of their parents
  cycles: number;
  logs: Log[]; // in order of time
  logTime: Float64Array; // ns since origin
  logSpan: Int32Array; // place, or -1
  logsOf: Map<number, number[]>; // places of logs by place of span, in order of time; -1 has those without a span
}

/** Moments as ns since a second of the trace: exact to the nanosecond, which Date is not. */
export class Clock {
  private readonly seconds = new Map<string, number>();
  readonly origin: number; // ms since 1970, a whole second

  constructor(first: string | undefined) {
    const at = first === undefined ? NaN : Date.parse(`${first.slice(0, 19)}Z`);
    this.origin = Number.isNaN(at) ? 0 : at;
  }

  /** ns since origin of an RFC 3339 time in UTC. */
  ns(time: string): number {
    const key = time.slice(0, 19);
    let base = this.seconds.get(key);
    if (base === undefined) {
      const at = Date.parse(`${key}Z`);
      base = Number.isNaN(at) ? 0 : (at - this.origin) * 1e6;
      this.seconds.set(key, base);
    }
    let fraction = 0, unit = 1e8;
    if (time.charCodeAt(19) === 46) {
      for (let i = 20; i < time.length; i++) {
        const digit = time.charCodeAt(i) - 48;
        if (digit < 0 || digit > 9) break;
        fraction += digit * unit;
        unit /= 10;
      }
    }
    return base + fraction;
  }
}

/** Prepares a trace. */
export function buildTree(trace: Pick<Trace, 'trace_id' | 'spans' | 'logs'>): TraceTree {
  const clock = new Clock(trace.spans[0]?.time ?? trace.logs[0]?.time);
  const received = inOrder(trace.spans, clock);
  const linked = link(received.spans, received.starts);
  const tree = layOut(trace.trace_id, linked);
  measure(tree);
  addLogs(tree, trace.logs, clock);
  toOrigin(tree, clock);
  return tree;
}

// inOrder sorts by start; of equal starts the longer first, as it may hold the other.
function inOrder(spans: Span[], clock: Clock): { spans: Span[]; starts: Float64Array } {
  const n = spans.length;
  const starts = new Float64Array(n);
  let sorted = true;
  for (let i = 0; i < n; i++) {
    starts[i] = clock.ns(spans[i]!.time);
    if (i > 0 && (starts[i]! < starts[i - 1]! || (starts[i] === starts[i - 1] && spans[i]!.duration_ns > spans[i - 1]!.duration_ns))) sorted = false;
  }
  if (sorted) return { spans, starts };
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => starts[a]! - starts[b]! || spans[b]!.duration_ns - spans[a]!.duration_ns || a - b);
  return { spans: order.map((i) => spans[i]!), starts: Float64Array.from(order, (i) => starts[i]!) };
}

interface Linked {
  spans: Span[]; // those received, then stand-ins of missing parents
  starts: Float64Array;
  ends: Float64Array;
  parent: Int32Array;
  first: Int32Array; // first child, or -1
  next: Int32Array; // next sibling, or -1
  roots: number[];
  marks: Uint8Array;
  received: number;
}

function link(received: Span[], times: Float64Array): Linked {
  const n = received.length;
  const byId = new Map<string, number>();
  const twice: number[] = [];
  for (let i = 0; i < n; i++) {
    const id = received[i]!.span_id;
    if (id === undefined) continue;
    if (byId.has(id)) twice.push(i);
    else byId.set(id, i);
  }
  const spans = received.slice();
  const parent = new Int32Array(n).fill(-1);
  const absent: string[] = [];
  for (let i = 0; i < n; i++) {
    const id = received[i]!.parent_id;
    if (!id) continue;
    let at = byId.get(id);
    if (at === undefined) {
      at = n + absent.length;
      absent.push(id);
      byId.set(id, at);
    }
    parent[i] = at;
  }
  for (const id of absent) spans.push(standIn(id, received[0]!));

  const size = spans.length;
  const all: Linked = {
    spans, received: n, roots: [], marks: new Uint8Array(size),
    starts: new Float64Array(size), ends: new Float64Array(size),
    parent: new Int32Array(size).fill(-1), first: new Int32Array(size).fill(-1), next: new Int32Array(size).fill(-1),
  };
  all.starts.set(times);
  all.starts.fill(Infinity, n);
  all.ends.fill(-Infinity, n);
  all.parent.set(parent);
  for (let i = 0; i < n; i++) all.ends[i] = times[i]! + Math.max(0, received[i]!.duration_ns);
  for (const i of twice) all.marks[i] = odd.duplicate;
  cutCycles(all);
  for (let i = 0; i < n; i++) {
    const p = all.parent[i]!;
    if (p < n) continue;
    if (all.starts[i]! < all.starts[p]!) all.starts[p] = all.starts[i]!;
    if (all.ends[i]! > all.ends[p]!) all.ends[p] = all.ends[i]!;
    all.marks[p] = odd.missing;
  }
  for (let i = n; i < size; i++) spans[i]!.duration_ns = all.ends[i]! - all.starts[i]!;
  // from the last to the first, so that lists of siblings begin with the earliest
  for (let i = n - 1; i >= 0; i--) {
    const p = all.parent[i]!;
    if (p < 0) continue;
    all.next[i] = all.first[p]!;
    all.first[p] = i;
  }
  for (let i = 0; i < size; i++) if (all.parent[i]! < 0) all.roots.push(i);
  all.roots.sort((a, b) => all.starts[a]! - all.starts[b]! || a - b);
  return all;
}

const standIn = (id: string, like: Span): Span => ({ span_id: id, trace_id: like.trace_id, name: 'missing parent', status: 'ok', time: like.time, duration_ns: 0 });

// cutCycles makes roots of spans that are their own ancestors: the earliest of each cycle.
function cutCycles(all: Linked) {
  const n = all.received;
  const state = new Int32Array(n); // 0 not seen, else the walk that saw it; -1 leads to a root
  for (let i = 0; i < n; i++) {
    if (state[i] !== 0) continue;
    const walk = i + 1;
    let at = i;
    while (at >= 0 && at < n && state[at] === 0) {
      state[at] = walk;
      at = all.parent[at]!;
    }
    if (at >= 0 && at < n && state[at] === walk) {
      let earliest = at;
      for (let j = all.parent[at]!; j !== at; j = all.parent[j]!) if (j < earliest) earliest = j;
      all.parent[earliest] = -1;
      all.marks[earliest] = all.marks[earliest]! | odd.cycle;
    }
    for (let j = i; j >= 0 && j < n && state[j] === walk; j = all.parent[j]!) state[j] = -1;
  }
}

// layOut writes the spans in the order of rows.
function layOut(id: string, from: Linked): TraceTree {
  const n = from.spans.length;
  const tree: TraceTree = {
    id, spans: new Array<Span>(n), keys: new Array<string>(n), at: new Map(),
    parent: new Int32Array(n), depth: new Int32Array(n), end: new Int32Array(n), children: new Int32Array(n),
    start: new Float64Array(n), length: new Float64Array(n), self: new Float64Array(n), kind: new Array<Kind>(n),
    failed: new Uint8Array(n), below: new Int32Array(n), odd: new Uint8Array(n), tokens: new Float64Array(n), cost: new Float64Array(n), tokensIn: new Float64Array(n), costIn: new Float64Array(n),
    origin: 0, total: 0, deepest: 0, count: from.received, errors: 0, missing: n - from.received, skewed: 0, cycles: 0,
    logs: [], logTime: new Float64Array(0), logSpan: new Int32Array(0), logsOf: new Map(),
  };
  let at = 0;
  const put = (i: number, parent: number) => {
    tree.spans[at] = from.spans[i]!;
    tree.parent[at] = parent;
    tree.depth[at] = parent < 0 ? 0 : tree.depth[parent]! + 1;
    tree.start[at] = from.starts[i]!;
    tree.length[at] = from.ends[i]! - from.starts[i]!;
    tree.odd[at] = from.marks[i]!;
    if (parent >= 0) tree.children[parent] = tree.children[parent]! + 1;
    if (tree.depth[at]! > tree.deepest) tree.deepest = tree.depth[at]!;
    const key = keyFor(tree, from.spans[i]!.span_id ?? `row-${i}`);
    tree.keys[at] = key;
    tree.at.set(key, at);
    at++;
  };
  const path: number[] = []; // places of the ancestors
  const todo: number[] = []; // where each of them goes on
  for (const root of from.roots) {
    put(root, -1);
    path.push(at - 1);
    todo.push(from.first[root]!);
    while (path.length > 0) {
      const child = todo.at(-1)!;
      if (child < 0) {
        tree.end[path.pop()!] = at;
        todo.pop();
        continue;
      }
      todo[todo.length - 1] = from.next[child]!;
      put(child, path.at(-1)!);
      path.push(at - 1);
      todo.push(from.first[child]!);
    }
  }
  return tree;
}

function keyFor(tree: TraceTree, id: string): string {
  if (!tree.at.has(id)) return id;
  let n = 2;
  while (tree.at.has(`${id}.${n}`)) n++;
  return `${id}.${n}`;
}

// measure fills what follows from the tree: kinds, sums, self times, oddities.
function measure(tree: TraceTree) {
  const n = tree.spans.length;
  const covered = new Float64Array(n).fill(-Infinity); // how far the children of a span have covered it
  for (let i = 0; i < n; i++) {
    const span = tree.spans[i]!;
    const p = tree.parent[i]!;
    const start = tree.start[i]!, end = start + tree.length[i]!;
    tree.kind[i] = kindOf(span);
    tree.self[i] = tree.self[i]! + tree.length[i]!;
    if (span.status === 'error') {
      tree.failed[i] = 1;
      tree.errors++;
    }
    const usage = span.genai?.usage;
    tree.tokens[i] = usage && (usage.input_tokens !== undefined || usage.output_tokens !== undefined) ? (usage.input_tokens ?? 0) + (usage.output_tokens ?? 0) : -1;
    tree.cost[i] = span.genai?.cost_usd === undefined ? -1 : Number(span.genai.cost_usd);
    if (tree.odd[i]! & odd.cycle) tree.cycles++;
    if (p < 0) continue;
    const from = tree.start[p]!, to = from + tree.length[p]!;
    if (start < from) tree.odd[i] = tree.odd[i]! | odd.early;
    if (end > to) tree.odd[i] = tree.odd[i]! | odd.late;
    if (start < from || end > to) tree.skewed++;
    // siblings come in order of start: what was covered before needs no second look
    const s = Math.max(start, from, covered[p]!), e = Math.min(end, to);
    if (e > s) {
      tree.self[p] = tree.self[p]! - (e - s);
      covered[p] = e;
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const p = tree.parent[i]!;
    tree.tokensIn[i] = tree.tokensIn[i]! + Math.max(0, tree.tokens[i]!);
    tree.costIn[i] = tree.costIn[i]! + Math.max(0, tree.cost[i]!);
    if (p < 0) continue;
    tree.below[p] = tree.below[p]! + tree.below[i]! + tree.failed[i]!;
    tree.tokensIn[p] = tree.tokensIn[p]! + tree.tokensIn[i]!;
    tree.costIn[p] = tree.costIn[p]! + tree.costIn[i]!;
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
  let first = Infinity, last = -Infinity;
  for (let i = 0; i < tree.start.length; i++) {
    first = Math.min(first, tree.start[i]!);
    last = Math.max(last, tree.start[i]! + tree.length[i]!);
  }
  for (const t of tree.logTime) {
    first = Math.min(first, t);
    last = Math.max(last, t);
  }
  if (first === Infinity) return;
  for (let i = 0; i < tree.start.length; i++) tree.start[i] = tree.start[i]! - first;
  for (let i = 0; i < tree.logTime.length; i++) tree.logTime[i] = tree.logTime[i]! - first;
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
