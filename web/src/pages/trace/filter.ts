// The filter over the spans of one trace, in the browser: words that must all be found in a span, its service, kind or attributes.
//   timeout            anywhere            -timeout          nowhere
//   "two words"        as one              service:billing   in one field, or in the attribute of that name
//   status:error       failed spans        duration:>250ms   longer ones
import { kindName } from '@/lib/spans';
import type { TraceTree } from './tree';

interface Term {
  not: boolean;
  field?: string;
  text: string; // lower case
  more?: number; // ns: longer than
  less?: number; // ns: shorter than
}

const units: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9 };

export function parseFilter(text: string): Term[] {
  const terms: Term[] = [];
  for (const [, minus, field, quoted, bare] of text.matchAll(/(-?)(?:([\w.]+):)?(?:"([^"]*)"?|(\S+))/g)) {
    const value = (quoted ?? bare ?? '').toLowerCase();
    if (value === '') continue;
    const term: Term = { not: minus === '-', field: field?.toLowerCase(), text: value };
    const compared = term.field === 'duration' ? /^([<>])=?([\d.]+)(ns|us|µs|ms|s|min|m)$/.exec(value) : null;
    if (compared) term[compared[1] === '>' ? 'more' : 'less'] = Number(compared[2]) * units[compared[3]!]!;
    terms.push(term);
  }
  return terms;
}

/** The texts of the spans of a tree in lower case, made when first asked for: the first keystroke pays for all. */
export class SpanTexts {
  private readonly texts: (string | undefined)[];

  constructor(private readonly tree: TraceTree) {
    this.texts = new Array<string | undefined>(tree.spans.length);
  }

  of(i: number): string {
    return (this.texts[i] ??= this.make(i));
  }

  /** Makes some of those that are not made yet, until a moment of performance.now(). True when all are. */
  prepare(until: number): boolean {
    for (let i = 0; i < this.texts.length; i++) {
      if (this.texts[i] !== undefined) continue;
      this.texts[i] = this.make(i);
      if ((i & 63) === 0 && performance.now() > until) return false;
    }
    return true;
  }

  private make(i: number): string {
    const span = this.tree.spans[i]!;
    const g = span.genai;
    let text = `${span.name ?? ''}\n${span.service ?? ''}\n${kindName[this.tree.kind[i]!]}\n${span.span_id ?? ''}\n${span.error_type ?? ''}\n${span.status_message ?? ''}`;
    if (g)
      text += `\n${g.model ?? ''}\n${g.agent ?? ''}\n${g.tool ?? ''}\n${g.provider ?? ''}\n${g.input_messages ?? ''}\n${g.output_messages ?? ''}\n${g.tool_arguments ?? ''}`;
    const attributes = span.attributes;
    for (const name in attributes) text += `\n${name}=${attributes[name]!.slice(0, 2000)}`;
    return text.toLowerCase();
  }
}

export interface Filtered {
  keep: Uint8Array; // what is shown: matches and their ancestors
  hits: Uint8Array; // what matches
  count: number; // how many match
}

/** The spans that match all terms, with their ancestors. Null for a filter that says nothing. */
export function filterSpans(tree: TraceTree, texts: SpanTexts, text: string): Filtered | null {
  const terms = parseFilter(text);
  if (terms.length === 0) return null;
  const n = tree.spans.length;
  const keep = new Uint8Array(n),
    hits = new Uint8Array(n);
  let count = 0;
  for (let i = n - 1; i >= 0; i--) {
    if (terms.every((t) => matches(tree, texts, i, t) !== t.not)) {
      keep[i] = hits[i] = 1;
      count++;
    }
    const p = tree.parent[i]!;
    if (keep[i] && p >= 0) keep[p] = 1;
  }
  return { keep, hits, count };
}

function matches(tree: TraceTree, texts: SpanTexts, i: number, t: Term): boolean {
  if (t.more !== undefined) return tree.length[i]! > t.more;
  if (t.less !== undefined) return tree.length[i]! < t.less;
  if (t.field === undefined) return (t.text === 'error' && tree.failed[i] === 1) || texts.of(i).includes(t.text);
  const value = fieldOf(tree, i, t.field);
  return value !== undefined && value.toLowerCase().includes(t.text);
}

function fieldOf(tree: TraceTree, i: number, field: string): string | undefined {
  const span = tree.spans[i]!;
  switch (field) {
    case 'name':
      return span.name;
    case 'service':
      return span.service;
    case 'status':
      return span.status;
    case 'kind':
      return `${tree.kind[i]!} ${kindName[tree.kind[i]!]}`;
    case 'error':
      return span.error_type;
    case 'model':
      return span.genai?.model;
    case 'agent':
      return span.genai?.agent;
    case 'tool':
      return span.genai?.tool;
    case 'span':
      return span.span_id;
  }
  const attributes = span.attributes;
  if (!attributes) return undefined;
  if (attributes[field] !== undefined) return attributes[field];
  for (const name in attributes) if (name.toLowerCase() === field) return attributes[name];
  return undefined;
}

/** The logs that match, or belong to spans that do. Their spans are kept as well. */
export function filterLogs(tree: TraceTree, text: string, filtered: Filtered): Uint8Array {
  const terms = parseFilter(text);
  const keep = new Uint8Array(tree.logs.length);
  for (let i = 0; i < tree.logs.length; i++) {
    const log = tree.logs[i]!,
      span = tree.logSpan[i]!;
    const own = `${log.body ?? ''}\n${log.level ?? ''}\n${log.service ?? ''}\n${log.name ?? ''}`.toLowerCase();
    const hit = terms.every(
      (t) =>
        t.more === undefined &&
        t.less === undefined &&
        (t.field === undefined
          ? own.includes(t.text)
          : (logField(log, t.field) ?? '').toLowerCase().includes(t.text)) !== t.not,
    );
    if (!hit && !(span >= 0 && filtered.hits[span])) continue;
    keep[i] = 1;
    for (let p = span; p >= 0 && !filtered.keep[p]; p = tree.parent[p]!) filtered.keep[p] = 1;
  }
  return keep;
}

function logField(log: TraceTree['logs'][number], field: string): string | undefined {
  if (field === 'level' || field === 'service' || field === 'name' || field === 'status' || field === 'body')
    return log[field];
  return log.attributes?.[field];
}
