// The critical path: what the trace waited for. From the end backwards, a span waits for the child that ended last; before that child
// began, for the one that ended last before; and for itself where no child ran. Making anything else faster would not end the trace earlier.
import type { TraceTree } from './tree';

export interface CriticalPath {
  time: Float64Array; // ns that a span itself is on the path, by place
  parts: Map<number, number[]>; // by place: from, to, from, to, … in ns, latest first
}

export function criticalPath(tree: TraceTree): CriticalPath {
  const path: CriticalPath = { time: new Float64Array(tree.spans.length), parts: new Map() };
  const add = (i: number, from: number, to: number) => {
    if (i < 0 || to <= from) return;
    path.time[i] = path.time[i]! + to - from;
    const parts = path.parts.get(i);
    if (parts) parts.push(from, to);
    else path.parts.set(i, [from, to]);
  };
  // A frame is a span whose time from..at is still to be told. Ends of children are cut at those of their parents: clocks differ.
  interface Frame {
    span: number;
    from: number;
    at: number;
    children: number[];
    next: number;
    to: number;
  }
  const frame = (span: number, from: number, to: number): Frame => {
    const children: number[] = [];
    for (
      let c = span < 0 ? 0 : span + 1, end = span < 0 ? tree.spans.length : tree.end[span]!;
      c < end;
      c = tree.end[c]!
    ) {
      if (tree.start[c]! < to && tree.start[c]! + tree.length[c]! > from) children.push(c);
    }
    const end = (c: number) => Math.min(to, tree.start[c]! + tree.length[c]!);
    children.sort((a, b) => end(b) - end(a) || tree.start[a]! - tree.start[b]!);
    return { span, from, at: to, children, next: 0, to };
  };
  const open = [frame(-1, 0, tree.total)];
  while (open.length > 0) {
    const f = open.at(-1)!;
    const endOf = (c: number) => Math.min(f.to, tree.start[c]! + tree.length[c]!);
    while (f.next < f.children.length && endOf(f.children[f.next]!) > f.at) f.next++; // ran beside what is on the path already
    if (f.next >= f.children.length || f.at <= f.from) {
      add(f.span, f.from, f.at);
      open.pop();
      continue;
    }
    const child = f.children[f.next]!,
      end = endOf(child);
    f.next++;
    add(f.span, end, f.at);
    f.at = Math.max(f.from, tree.start[child]!);
    if (tree.children[child] === 0) add(child, f.at, end);
    else open.push(frame(child, f.at, end));
  }
  return path;
}
