// Adds and removes conditions such as model:gpt-4o in a query, and leaves all else as it was written.

/** How a query treats one value of a field. */
export type Treatment = 'in' | 'out' | null;

interface Token {
  text: string;
  field?: string; // of a plain condition: field:values
  values?: string[]; // unquoted; absent where the condition compares, matches a pattern or searches
  not?: boolean;
}

const bare = /^[\p{L}\p{N}_@/+][\p{L}\p{N}_.@/+-]*$/u;

/** A value as the query language writes it. The text "" stands for "is not known" and has no spelling of its own. */
export function literal(value: string): string {
  if (bare.test(value) && !value.includes('..') && !/^(AND|OR|NOT)$/.test(value)) return value;
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** The name of an attribute as a field: attr.http.route, attr."odd key". */
export function attributeField(key: string, prefix = 'attr'): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u.test(key) ? `${prefix}.${key}` : `${prefix}.${literal(key)}`;
}

/** The condition that a field is this value. */
export function condition(field: string, value: string, not = false): string {
  if (value === '') return `${not ? '' : '-'}${field}:*`;
  return `${not ? '-' : ''}${field}:${literal(value)}`;
}

// words splits a query where spaces stand outside of quotes and brackets. null: it is not whole.
function words(q: string): string[] | null {
  const out: string[] = [];
  let word = '',
    depth = 0,
    quoted = false;
  for (let i = 0; i < q.length; i++) {
    const c = q[i]!;
    if (quoted) {
      word += c;
      if (c === '\\') word += q[++i] ?? '';
      else if (c === '"') quoted = false;
    } else if (/\s/.test(c) && depth === 0) {
      if (word) out.push(word);
      word = '';
    } else {
      if (c === '"') quoted = true;
      else if (c === '(') depth++;
      else if (c === ')') depth--;
      word += c;
    }
    if (depth < 0) return null;
  }
  if (quoted || depth !== 0) return null;
  if (word) out.push(word);
  return out;
}

// token reads field:a,"b c" with a minus or without.
function token(text: string): Token {
  const m = /^(-?)((?:[\p{L}_][\p{L}\p{N}_-]*)(?:\.(?:"(?:[^"\\]|\\.)*"|[\p{L}\p{N}_-]+))*):(.+)$/su.exec(text);
  if (!m) return { text };
  const [, minus, field, list] = m;
  if (list === '*') return { text, field, values: [''], not: minus === '' }; // known: not "not known"
  const values: string[] = [];
  let rest = list!;
  for (;;) {
    const v = /^(?:"((?:[^"\\]|\\.)*)"|([^",()\s*~<>"]+))(,|$)/su.exec(rest);
    if (!v || (v[2] !== undefined && v[2].includes('..'))) return { text };
    values.push(v[1] !== undefined ? v[1].replace(/\\(.)/gs, '$1') : v[2]!);
    if (v[3] === '') break;
    rest = rest.slice(v[0].length);
  }
  return { text, field, values, not: minus === '-' };
}

function write(t: Token): string {
  if (!t.field || !t.values) return t.text;
  if (t.values.length === 1 && t.values[0] === '') return condition(t.field, '', t.not);
  return `${t.not ? '-' : ''}${t.field}:${t.values.map(literal).join(',')}`;
}

// conjuncts are the conditions that all have to hold. A query with OR outside of brackets is one.
function conjuncts(q: string): Token[] {
  const list = words(q);
  if (list === null || list.length === 0) return q.trim() === '' ? [] : [{ text: q.trim() }];
  if (list.includes('OR')) return [{ text: `(${q.trim()})` }];
  const out: Token[] = [];
  for (let i = 0; i < list.length; i++) {
    if (list[i] === 'AND') continue;
    if (list[i] === 'NOT' && i + 1 < list.length) out.push({ text: `NOT ${list[++i]!}` });
    else out.push(token(list[i]!));
  }
  return out;
}

const join = (tokens: Token[]): string => {
  // Brackets that were put around the whole query are needed only beside something.
  if (tokens.length === 1 && tokens[0]!.text.startsWith('(') && !tokens[0]!.field) return unwrap(tokens[0]!.text);
  return tokens.map(write).join(' ');
};

function unwrap(text: string): string {
  const inner = text.slice(1, -1);
  return text.endsWith(')') && words(inner) !== null ? inner : text;
}

/** What the query says of each value of a field. */
export function treatments(q: string, field: string): Map<string, Treatment> {
  const out = new Map<string, Treatment>();
  for (const t of conjuncts(q)) {
    if (t.field !== field) continue;
    for (const v of t.values ?? []) out.set(v, t.not ? 'out' : 'in');
  }
  return out;
}

/** The query with a value of a field wanted, unwanted or neither. Several wanted values of a field are alternatives. */
export function treat(q: string, field: string, value: string, how: Treatment): string {
  const tokens = conjuncts(q)
    .map((t) => (t.field === field && t.values ? { ...t, values: t.values.filter((v) => v !== value) } : t))
    .filter((t) => !t.values || t.values.length > 0)
    // "is not known" goes with no value, and a value goes with no "is not known"
    .filter(
      (t) => !(how === 'in' && t.field === field && !t.not && t.values && (value === '') !== t.values.includes('')),
    );
  if (how === null) return join(tokens);
  const not = how === 'out';
  const same =
    value === ''
      ? undefined
      : tokens.find((t) => t.field === field && t.values && !t.values.includes('') && t.not === not);
  if (same) same.values = [...same.values!, value];
  else tokens.push({ text: '', field, values: [value], not });
  return join(tokens);
}

/** The query without its conditions that want values of a field: what the other values of the field are counted in. */
export function without(q: string, field: string): string {
  return join(conjuncts(q).filter((t) => t.field !== field || !t.values || t.not));
}

/** Both queries have to hold. */
export function both(a: string, b: string): string {
  if (a.trim() === '' || b.trim() === '') return a.trim() || b.trim();
  return [...conjuncts(a), ...conjuncts(b)].map(write).join(' ');
}
