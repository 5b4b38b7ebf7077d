// The flame view: time across, depth down. Spans that ran at the same time stand in lanes of their own.
import type { TraceTree } from './tree';
import { isMissing } from './tree';

export interface Flame {
  lane: Int32Array; // by place
  lanes: number;
  byLane: Int32Array[]; // places of a lane in order of start
}

const tries = 256; // lanes to look at; what runs beside more than that is drawn over others

/** Gives each span the first lane below its parent that is free at its time. */
export function layFlame(tree: TraceTree): Flame {
  const n = tree.spans.length;
  const lane = new Int32Array(n);
  const order = Int32Array.from({ length: n }, (_, i) => i);
  // parents come before their children where both start at one time
  order.sort((a, b) => tree.start[a]! - tree.start[b]! || tree.depth[a]! - tree.depth[b]! || a - b);
  // children that begin before their parents wait until the parent has a lane
  const placed = new Uint8Array(n);
  const ends: number[] = [];
  const place = (i: number) => {
    const p = tree.parent[i]!;
    const least = p < 0 ? 0 : lane[p]! + 1;
    let at = least;
    while (at - least < tries && (ends[at] ?? -Infinity) > tree.start[i]!) at++;
    if (at - least >= tries) at = least;
    lane[i] = at;
    while (ends.length <= at) ends.push(-Infinity);
    ends[at] = Math.max(ends[at]!, tree.start[i]! + tree.length[i]!);
    placed[i] = 1;
  };
  const wait: number[] = [];
  for (const i of order) {
    for (let p = i; p >= 0 && !placed[p]; p = tree.parent[p]!) wait.push(p);
    while (wait.length > 0) place(wait.pop()!);
  }
  const byLane: number[][] = Array.from({ length: ends.length }, () => []);
  for (const i of order) byLane[lane[i]!]!.push(i);
  return { lane, lanes: ends.length, byLane: byLane.map((l) => Int32Array.from(l)) };
}

/** The span of a lane at a moment, or -1. With room (ns) also one that is next to it: spans may be narrower than a pixel. */
export function spanAt(tree: TraceTree, flame: Flame, lane: number, at: number, room = 0): number {
  const list = flame.byLane[lane];
  if (!list) return -1;
  let low = 0,
    high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tree.start[list[middle]!]! <= at + room) low = middle + 1;
    else high = middle;
  }
  for (let k = low - 1; k >= 0 && k > low - 50; k--) {
    const i = list[k]!;
    if (tree.start[i]! + tree.length[i]! >= at - room) return i;
  }
  return -1;
}

export interface SelfTime {
  name: string;
  service: string;
  first: number; // place of the longest of them
  count: number;
  errors: number;
  self: number; // ns
  total: number; // ns, spans within spans of one name counted twice
}

/** Where the time went: self time by service and name, most first. */
export function selfTimes(tree: TraceTree): SelfTime[] {
  const by = new Map<string, SelfTime>();
  for (let i = 0; i < tree.spans.length; i++) {
    if (isMissing(tree, i)) continue;
    const span = tree.spans[i]!;
    const name = span.name ?? '',
      service = span.service ?? '';
    const key = `${service}\n${name}`;
    let entry = by.get(key);
    if (!entry) by.set(key, (entry = { name, service, first: i, count: 0, errors: 0, self: 0, total: 0 }));
    entry.count++;
    entry.errors += tree.failed[i]!;
    entry.self += tree.self[i]!;
    entry.total += tree.length[i]!;
    if (tree.self[i]! > tree.self[entry.first]!) entry.first = i;
  }
  return [...by.values()].sort((a, b) => b.self - a.self || b.count - a.count);
}
