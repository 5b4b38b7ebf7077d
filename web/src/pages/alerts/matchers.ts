// Matchers of labels, as Alertmanager writes them: {alertname="X", job=~"a|b"}.

export type Operator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  name: string;
  operator: Operator;
  value: string;
}

/** As Alertmanager's API has one. */
export interface WireMatcher {
  name: string;
  value: string;
  isRegex: boolean;
  isEqual?: boolean;
}

const plainName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const quoted = (text: string) => `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;

export const writeMatcher = (m: Matcher): string =>
  `${plainName.test(m.name) ? m.name : quoted(m.name)}${m.operator}${quoted(m.value)}`;

export const writeMatchers = (list: Matcher[]): string => list.map(writeMatcher).join(', ');

/** Reads what writeMatchers wrote, and what people do: braces, and values without quotation marks. Null where it is none. */
export function readMatchers(text: string): Matcher[] | null {
  const one =
    /\s*(?:"((?:[^"\\]|\\.)*)"|([^\s=!~"{},]+))\s*(=~|!~|!=|=)\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",{}]*))\s*(,|$)/y;
  const body = text
    .trim()
    .replace(/^\{([\s\S]*)\}$/, '$1')
    .trim();
  if (body === '') return [];
  const list: Matcher[] = [];
  while (one.lastIndex < body.length) {
    const m = one.exec(body);
    if (!m) return null;
    list.push({
      name: m[1] !== undefined ? unescape(m[1]) : m[2]!,
      operator: m[3] as Operator,
      value: m[4] !== undefined ? unescape(m[4]) : m[5]!,
    });
  }
  return list;
}

const unescape = (text: string) => text.replace(/\\(.)/g, (_, c: string) => (c === 'n' ? '\n' : c));

/** Matchers of exactly these labels. */
export const ofLabels = (labels: Record<string, string>): Matcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, operator: '=', value }));

export const toWire = (m: Matcher): WireMatcher => ({
  name: m.name,
  value: m.value,
  isRegex: m.operator.endsWith('~'),
  isEqual: !m.operator.startsWith('!'),
});

export const fromWire = (m: WireMatcher): Matcher => ({
  name: m.name,
  value: m.value,
  operator: m.isEqual === false ? (m.isRegex ? '!~' : '!=') : m.isRegex ? '=~' : '=',
});

/** Whether they match everything, or nearly: none that wants a value. */
export const matchesAll = (list: Matcher[]): boolean =>
  list.every((m) => m.name === '' || m.operator.startsWith('!') || m.value === '' || /^(\.\*|\.\+)$/.test(m.value));
