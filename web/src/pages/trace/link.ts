// Spans in order of time, and which of them is the parent of which. Parents may be missing, ids may come twice, and parents may
// form cycles. Objects are looked at in as few loops as possible: with 10,000 of them, memory is what takes time.
import type { Span } from '@/api/client';
import type { Clock } from './clock';
import { odd } from './odd';

export interface Linked {
  spans: Span[]; // those received, then stand-ins of missing parents
  starts: Float64Array; // ns
  ends: Float64Array;
  parent: Int32Array; // index, or -1
  first: Int32Array; // first child, or -1
  next: Int32Array; // next sibling, or -1
  roots: number[];
  marks: Uint8Array;
  received: number;
}

export function link(received: Span[], clock: Clock): Linked {
  const { spans, starts, ends } = inOrder(received, clock);
  const n = spans.length;
  const byId = new Map<string, number>();
  const twice: number[] = [];
  for (let i = 0; i < n; i++) {
    const id = spans[i]!.span_id;
    if (id === undefined) continue;
    if (byId.has(id)) twice.push(i);
    else byId.set(id, i);
  }
  const parent = new Int32Array(n).fill(-1);
  const absent: string[] = [];
  let ordered = true; // parents come before their children: then there are no cycles
  for (let i = 0; i < n; i++) {
    const id = spans[i]!.parent_id;
    if (!id) continue;
    let at = byId.get(id);
    if (at === undefined) {
      at = n + absent.length;
      absent.push(id);
      byId.set(id, at);
    } else if (at >= i && at < n) {
      ordered = false;
    }
    parent[i] = at;
  }
  const size = n + absent.length;
  const all: Linked = {
    spans: absent.length === 0 ? spans : [...spans, ...absent.map((id) => standIn(id, spans[0]!))],
    received: n,
    roots: [],
    marks: new Uint8Array(size),
    starts: sized(starts, size, Infinity),
    ends: sized(ends, size, -Infinity),
    parent: sized(parent, size, -1),
    first: new Int32Array(size).fill(-1),
    next: new Int32Array(size).fill(-1),
  };
  for (const i of twice) all.marks[i] = odd.duplicate;
  if (!ordered) cutCycles(all);
  if (absent.length > 0) coverChildren(all);
  const { first, next } = all;
  // from the last to the first, so that lists of siblings begin with the earliest
  for (let i = size - 1; i >= 0; i--) {
    const p = all.parent[i]!;
    if (p < 0) {
      all.roots.push(i);
      continue;
    }
    next[i] = first[p]!;
    first[p] = i;
  }
  all.roots.sort((a, b) => all.starts[a]! - all.starts[b]! || a - b);
  return all;
}

// inOrder sorts by start; of equal starts the longer first, as it may hold the other.
function inOrder(spans: Span[], clock: Clock) {
  const n = spans.length;
  const starts = new Float64Array(n),
    ends = new Float64Array(n);
  let sorted = true,
    before = -Infinity,
    end = -Infinity;
  for (let i = 0; i < n; i++) {
    const span = spans[i]!;
    const at = clock.ns(span.time),
      to = at + Math.max(0, span.duration_ns);
    if (at < before || (at === before && to > end)) sorted = false;
    before = starts[i] = at;
    end = ends[i] = to;
  }
  if (sorted) return { spans, starts, ends };
  const order = Int32Array.from(spans, (_, i) => i).sort(
    (a, b) => starts[a]! - starts[b]! || ends[b]! - ends[a]! || a - b,
  );
  return {
    spans: Array.from(order, (i) => spans[i]!),
    starts: Float64Array.from(order, (i) => starts[i]!),
    ends: Float64Array.from(order, (i) => ends[i]!),
  };
}

function sized<A extends Float64Array | Int32Array>(array: A, size: number, rest: number): A {
  if (array.length === size) return array;
  const out = new (array.constructor as new (size: number) => A)(size).fill(rest) as A;
  out.set(array);
  return out;
}

const standIn = (id: string, like: Span): Span => ({
  span_id: id,
  trace_id: like.trace_id,
  name: 'missing parent',
  status: 'ok',
  time: like.time,
  duration_ns: 0,
});

// coverChildren gives stand-ins the time that their children take.
function coverChildren(all: Linked) {
  const { starts, ends, parent, received: n } = all;
  for (let i = 0; i < n; i++) {
    const p = parent[i]!;
    if (p < n) continue;
    if (starts[i]! < starts[p]!) starts[p] = starts[i]!;
    if (ends[i]! > ends[p]!) ends[p] = ends[i]!;
    all.marks[p] = odd.missing;
  }
  for (let i = n; i < all.spans.length; i++) all.spans[i]!.duration_ns = ends[i]! - starts[i]!;
}

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
