// A small Markdown for the texts of dashboards. It makes a tree, never HTML: what is not understood stays as it was written.

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em'; inner: Inline[] }
  | { kind: 'link'; url: string; inner: Inline[] };

export type Block =
  | { kind: 'heading'; level: number; inner: Inline[] }
  | { kind: 'paragraph'; inner: Inline[] }
  | { kind: 'quote'; inner: Inline[] }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'table'; rows: Inline[][][] }
  | { kind: 'code'; text: string }
  | { kind: 'rule' };

const most = 100_000; // characters that are read

/** An address that may be followed: http, https, or within this server; else null. */
export function safeURL(text: string): string | null {
  const url = text.trim();
  if (/^https?:\/\//i.test(url)) return url;
  // What a browser reads as another scheme or another host is not relative.
  return /^[a-z][a-z0-9+.-]*:/i.test(url) || /^[\\/]{2}|^\/\\|[\u0000-\u0020\\]/.test(url) || url === '' ? null : url;
}

export function parseMarkdown(text: string): Block[] {
  const lines = text.slice(0, most).replace(/\r\n?/g, '\n').split('\n');
  const out: Block[] = [];
  let at = 0;
  const take = (matches: (line: string) => boolean) => {
    const taken: string[] = [];
    while (at < lines.length && matches(lines[at]!)) taken.push(lines[at++]!);
    return taken;
  };
  while (at < lines.length) {
    const line = lines[at]!;
    const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
    const heading = line.length > 500 ? null : /^(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (line.trim() === '') at++;
    else if (fence) {
      at++;
      const code = take((l) => !l.trim().startsWith(fence));
      at++;
      out.push({ kind: 'code', text: code.join('\n') });
    } else if (heading) {
      at++;
      out.push({ kind: 'heading', level: heading[1]!.length, inner: parseInline(heading[2]!) });
    } else if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      at++;
      out.push({ kind: 'rule' });
    } else if (/^\s*>/.test(line)) {
      out.push({
        kind: 'quote',
        inner: parseInline(
          take((l) => /^\s*>/.test(l))
            .map((l) => l.replace(/^\s*>\s?/, ''))
            .join('\n'),
        ),
      });
    } else if (item.test(line)) out.push(list(take((l) => item.test(l) || /^\s{2,}\S/.test(l))));
    else if (/^\s*\|.*\|\s*$/.test(line)) {
      const rows = take((l) => /^\s*\|.*\|\s*$/.test(l)).filter((l) => !/^[\s|:-]+$/.test(l));
      out.push({
        kind: 'table',
        rows: rows.map((l) =>
          l
            .trim()
            .slice(1, -1)
            .split('|')
            .map((cell) => parseInline(cell.trim())),
        ),
      });
    } else {
      const paragraph = take(
        (l) => l.trim() !== '' && !item.test(l) && !/^(#{1,6}\s|\s*(```|~~~|>|\|.*\|\s*$))/.test(l),
      );
      out.push({
        kind: 'paragraph',
        inner: parseInline((paragraph.length > 0 ? paragraph : [lines[at++]!]).join('\n')),
      });
    }
  }
  return out;
}

const item = /^\s*([-*+]|\d{1,9}[.)])\s+/;

function list(lines: string[]): Block {
  const items: string[] = [];
  for (const line of lines) {
    if (item.test(line)) items.push(line.replace(item, ''));
    else items[items.length - 1] += `\n${line.trim()}`;
  }
  return { kind: 'list', ordered: /^\s*\d/.test(lines[0]!), items: items.map((text) => parseInline(text)) };
}

// What stands between marks is bounded: else many marks without an end take time that grows with their square and more.
const marks =
  /(?<!`)(`{1,3})(?!`)([^]{0,500}?[^`])\1(?!`)|\*\*(?=\S)([^]{0,500}?\S)\*\*|__(?=\S)([^]{0,500}?\S)__|\*(?=[^\s*])([^*]{0,500}?[^\s*])\*|(?<![\p{L}\p{N}])_(?=[^\s_])([^_]{0,500}?[^\s_])_(?![\p{L}\p{N}])|!?\[([^[\]]{0,500})\]\(\s{0,9}<?([^\s()>]{1,2000})>?[^()]{0,500}\)|<(https?:\/\/[^\s<>]{1,2000})>|(https?:\/\/[^\s<>)"'\]]{0,2000}[^\s<>)"'\].,;:!?])/u;

const longest = 5_000; // characters of a piece in which marks are looked for

export function parseInline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  if (text.length > longest) return [{ kind: 'text', text }];
  let rest = text;
  while (rest !== '') {
    const m = depth < 6 ? marks.exec(rest) : null;
    if (!m) break;
    if (m.index > 0) out.push({ kind: 'text', text: rest.slice(0, m.index) });
    out.push(inlineOf(m, depth));
    rest = rest.slice(m.index + m[0].length);
  }
  if (rest !== '') out.push({ kind: 'text', text: rest });
  return out;
}

function inlineOf(m: RegExpExecArray, depth: number): Inline {
  const strong = m[3] ?? m[4],
    em = m[5] ?? m[6],
    bare = m[9] ?? m[10];
  if (m[2] !== undefined) return { kind: 'code', text: m[2].trim() };
  if (strong !== undefined) return { kind: 'strong', inner: parseInline(strong, depth + 1) };
  if (em !== undefined) return { kind: 'em', inner: parseInline(em, depth + 1) };
  if (bare !== undefined) return { kind: 'link', url: bare, inner: [{ kind: 'text', text: bare }] };
  const url = safeURL(m[8]!);
  return url === null
    ? { kind: 'text', text: m[0] }
    : { kind: 'link', url, inner: parseInline(m[7] || url, depth + 3) };
}
