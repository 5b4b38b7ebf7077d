// A rule as a file of rules, to be changed and tried.
import type { Schemas } from '@/api/client';

type Rule = Pick<
  Schemas['Rule'],
  'name' | 'kind' | 'expr' | 'for_ns' | 'keep_firing_for_ns' | 'labels' | 'annotations'
>;

// JSON strings are YAML strings.
const text = (s: string) => JSON.stringify(s);

function span(ns: number): string {
  const s = ns / 1e9;
  if (s % 3600 === 0) return `${s / 3600}h`;
  if (s % 60 === 0) return `${s / 60}m`;
  return Number.isInteger(s) ? `${s}s` : `${Math.round(ns / 1e6)}ms`;
}

export function ruleFile(r: Rule): string {
  const lines = [
    'groups:',
    '  - name: tried',
    '    rules:',
    `      - ${r.kind === 'alert' ? 'alert' : 'record'}: ${text(r.name)}`,
  ];
  const expr = r.expr.trim().split('\n');
  if (expr.length > 1 && expr.every((l) => !l.includes('\t')))
    lines.push('        expr: |-', ...expr.map((l) => `          ${l}`));
  else lines.push(`        expr: ${text(r.expr.trim())}`);
  if (r.for_ns) lines.push(`        for: ${span(r.for_ns)}`);
  if (r.keep_firing_for_ns) lines.push(`        keep_firing_for: ${span(r.keep_firing_for_ns)}`);
  for (const part of ['labels', 'annotations'] as const) {
    const pairs = Object.entries(r[part] ?? {});
    if (pairs.length > 0) lines.push(`        ${part}:`, ...pairs.map(([n, v]) => `          ${n}: ${text(v)}`));
  }
  return lines.join('\n') + '\n';
}

/** The number that an expression is compared with, and what is before the comparison: what to draw on a chart. */
export function comparison(expr: string): { left: string; limit: number } | null {
  const m = /^([\s\S]*\S)\s*(?:>=|<=|==|!=|>|<)\s*(-?[\d.]+(?:e[+-]?\d+)?)\s*$/i.exec(expr.trim());
  if (!m || !balanced(m[1]!) || /\b(and|or|unless)\b/.test(outside(m[1]!))) return null;
  return { left: m[1]!, limit: Number(m[2]) };
}

// outside is what is in no brackets, braces or quotation marks.
function outside(expr: string): string {
  let depth = 0,
    quote = '',
    out = '';
  for (const c of expr) {
    if (quote) {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'" || c === '`') quote = c;
    else if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    else if (depth === 0) out += c;
  }
  return out;
}

function balanced(expr: string): boolean {
  let depth = 0;
  for (const c of expr.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, ''))
    depth += '([{'.includes(c) ? 1 : ')]}'.includes(c) ? -1 : 0;
  return depth === 0;
}
