// JSON made legible without reading its numbers: 12345678901234567890 stays what it was.

const longest = 4 << 20;

/** Indented, or null where the text is no JSON object or list. */
export function prettyJSON(text: string): string | null {
  const t = text.trim();
  if (!/^[[{]/.test(t) || !/[\]}]$/.test(t) || t.length > longest) return null;
  try {
    JSON.parse(t);
  } catch {
    return null;
  }
  return indent(t);
}

// indent expects valid JSON.
function indent(t: string): string {
  const out: string[] = [];
  let depth = 0,
    from = 0;
  const line = () => '\n' + '  '.repeat(Math.min(depth, 40));
  for (let i = 0; i < t.length; i++) {
    const c = t[i]!;
    if (c === '"') {
      const begin = i++;
      while (t[i] !== '"') i += t[i] === '\\' ? 2 : 1;
      out.push(t.slice(begin, i + 1));
    } else if (c === '{' || c === '[') {
      from = i + 1;
      while (/\s/.test(t[from] ?? '')) from++;
      if (t[from] === '}' || t[from] === ']') {
        out.push(c, t[from]!);
        i = from;
      } else {
        depth++;
        out.push(c, line());
      }
    } else if (c === '}' || c === ']') {
      depth--;
      out.push(line(), c);
    } else if (c === ',') {
      out.push(c, line());
    } else if (c === ':') {
      out.push(': ');
    } else if (!/\s/.test(c)) {
      out.push(c);
    }
  }
  return out.join('');
}
