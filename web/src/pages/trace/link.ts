// Spans in order of time, and which of them is the parent of which. Parents may be missing, ids may come twice, and parents may form cycles.
import type { Span } from '@/api/client';
import type { Clock } from './clock';
import { odd } from './odd';

// inOrder sorts by start; of equal starts the longer first, as it may hold the other.
export function inOrder(spans: Span[], clock: Clock): { spans: Span[]; starts: Float64Array } {
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

export interface Linked {
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

export function link(received: Span[], times: Float64Array): Linked {
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
