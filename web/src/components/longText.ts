// Where long texts are cut.

/** The beginning of a text: so many characters and lines at most, whole characters only. */
export function head(text: string, most: number, lines: number): string {
  let end = Math.min(text.length, most);
  let at = -1;
  for (let n = 0; n < lines; n++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0 || at >= end) break;
    if (n === lines - 1) end = at;
  }
  // A little more is not worth a button.
  if (text.length - end < 200 && text.indexOf('\n', end + 1) < 0) return text;
  return text.slice(0, whole(text, end));
}

// whole moves an end that splits a pair of surrogates.
function whole(text: string, end: number): number {
  const c = text.charCodeAt(end - 1);
  return end < text.length && c >= 0xd800 && c <= 0xdbff ? end - 1 : end;
}

const block = 8192;

/** A text in blocks that end at line ends where there are any. Joined with the line ends between them they are the text. */
export function blocks(text: string): string[] {
  const out: string[] = [];
  for (let from = 0; from < text.length;) {
    let end = Math.min(text.length, from + block);
    if (end < text.length) {
      const line = text.lastIndexOf('\n', end);
      if (line > from) {
        out.push(text.slice(from, line));
        from = line + 1;
        continue;
      }
      const space = text.lastIndexOf(' ', end);
      end = space > from + block / 2 ? space + 1 : whole(text, end);
    }
    out.push(text.slice(from, end));
    from = end;
  }
  return out;
}
