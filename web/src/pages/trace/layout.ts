// Which rows a waterfall has, and where things stand on its time axis.
import { isMissing, type TraceTree } from './tree';

export const rowHeight = 24;

/** A row is a span (its place, 0 and up) or a log (-1 and down). */
export const logRow = (log: number): number => -1 - log;
export const isLog = (row: number): boolean => row < 0;
export const logOf = (row: number): number => -1 - row;

export interface RowOptions {
  collapsed: ReadonlySet<number>;
  keep?: Uint8Array | null; // spans that a filter keeps, by place
  logs?: boolean; // lines of logs among the spans
  keepLogs?: Uint8Array | null; // logs that a filter keeps
}

/** The rows in sight of a tree, in order: one pass, no recursion. */
export function visibleRows(tree: TraceTree, options: RowOptions): Int32Array {
  const { collapsed, keep } = options;
  const n = tree.spans.length;
  if (options.logs && tree.logs.length > 0) return withLogs(tree, options);
  const out = new Int32Array(n);
  let size = 0;
  for (let i = 0; i < n;) {
    if (keep && !keep[i]) {
      i = tree.end[i]!; // nothing below is kept either: filters keep ancestors
      continue;
    }
    out[size++] = i;
    i = collapsed.has(i) ? tree.end[i]! : i + 1;
  }
  return out.subarray(0, size);
}

// withLogs puts each line under its span, at its time among the children.
function withLogs(tree: TraceTree, { collapsed, keep, keepLogs }: RowOptions): Int32Array {
  const n = tree.spans.length;
  const out = new Int32Array(n + tree.logs.length);
  let size = 0;
  const open: { span: number; logs: number[]; at: number }[] = [{ span: -1, logs: tree.logsOf.get(-1) ?? [], at: 0 }];
  const put = (top: { logs: number[]; at: number }, before: number) => {
    for (; top.at < top.logs.length; top.at++) {
      const log = top.logs[top.at]!;
      if (tree.logTime[log]! >= before) return;
      if (!keepLogs || keepLogs[log]) out[size++] = logRow(log);
    }
  };
  for (let i = 0; i < n;) {
    while (open.length > 1 && tree.end[open.at(-1)!.span]! <= i) put(open.pop()!, Infinity);
    if (keep && !keep[i]) {
      i = tree.end[i]!;
      continue;
    }
    put(open.at(-1)!, tree.start[i]!);
    out[size++] = i;
    if (collapsed.has(i)) {
      i = tree.end[i]!;
      continue;
    }
    const logs = tree.logsOf.get(i);
    open.push({ span: i, logs: logs ?? [], at: 0 });
    i++;
  }
  while (open.length > 0) put(open.pop()!, Infinity);
  return out.subarray(0, size);
}

/** Spans to collapse so that nothing deeper than a level is in sight. Level 0 shows the roots alone. */
export function collapseBelow(tree: TraceTree, level: number): Set<number> {
  const collapsed = new Set<number>();
  for (let i = 0; i < tree.spans.length; i++) if (tree.depth[i]! >= level && tree.children[i]! > 0) collapsed.add(i);
  return collapsed;
}

/** Pixels a row is moved in by its depth. Deep trees move less and less, so that names stay in sight. */
export function indent(depth: number): number {
  return depth <= 12 ? depth * 12 : Math.round(144 + 40 * (1 - Math.exp(-(depth - 12) / 40)));
}

/** A part of the time axis, in ns since the trace began. */
export type Window = readonly [number, number];

/** z= of an address: two milliseconds, such as 12.5-80. Null where it is none. */
export function parseWindow(text: string | undefined, total: number): Window | null {
  const found = text ? /^(-?[\d.]+(?:e-?\d+)?)-([\d.]+(?:e[+-]?\d+)?)$/.exec(text) : null;
  if (!found) return null;
  const from = Math.max(0, Number(found[1]) * 1e6),
    to = Math.min(total, Number(found[2]) * 1e6);
  return to - from >= 1 ? [from, to] : null;
}

export function formatWindow(window: Window, total: number): string | undefined {
  const [from, to] = window;
  if (from <= 0 && to >= total) return undefined;
  const ms = (ns: number) => String(Number((ns / 1e6).toFixed(6)));
  return `${ms(from)}-${ms(to)}`;
}

/** A window within the trace and not narrower than 100 ns, which keeps what is asked for in its middle. */
export function fit(from: number, to: number, total: number): Window {
  if (from > to) [from, to] = [to, from];
  const least = Math.min(100, Math.max(total, 1));
  if (to - from < least) {
    const middle = (from + to) / 2;
    from = middle - least / 2;
    to = middle + least / 2;
  }
  const width = Math.min(to - from, Math.max(total, 1));
  from = Math.min(Math.max(0, from), Math.max(0, total - width));
  return [from, from + width];
}

/** The window of a span, with a little air on both sides. */
export function windowOf(tree: TraceTree, i: number): Window {
  const air = Math.max(tree.length[i]! * 0.02, 50);
  return fit(tree.start[i]! - air, tree.start[i]! + tree.length[i]! + air, tree.total);
}

/** Round places for ticks of the axis, about so many. */
export function ticks([from, to]: Window, about: number): number[] {
  const step = niceStep((to - from) / Math.max(1, about));
  const out: number[] = [];
  for (let t = Math.ceil(from / step) * step; t <= to && out.length < 50; t += step) out.push(t);
  return out;
}

function niceStep(width: number): number {
  if (!(width > 0)) return 1;
  if (width >= 1e9) {
    const seconds = width / 1e9;
    const nice = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400].find(
      (s) => s >= seconds,
    );
    return (nice ?? Math.ceil(seconds / 86400) * 86400) * 1e9;
  }
  const power = 10 ** Math.floor(Math.log10(width));
  return power * ([1, 2, 5, 10].find((m) => m * power >= width) ?? 10);
}

/** Where the next row is that a test accepts, from a place on, around the end; -1 where there is none. */
export function nextRow(rows: Int32Array, from: number, accept: (row: number) => boolean): number {
  for (let k = 1; k <= rows.length; k++) {
    const at = (from + k) % rows.length;
    if (accept(rows[at]!)) return at;
  }
  return -1;
}

/** Places of the failed spans, in order of rows. */
export function failures(tree: TraceTree): number[] {
  const out: number[] = [];
  for (let i = 0; i < tree.spans.length; i++) if (tree.failed[i] && !isMissing(tree, i)) out.push(i);
  return out;
}
