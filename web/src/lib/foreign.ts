// Text that came from outside, made safe to look at: what is invisible or would turn the line around is shown as a sign.

const bidi: Record<string, string> = {
  '\u061c': 'ALM', '\u200e': 'LRM', '\u200f': 'RLM', '\u202a': 'LRE', '\u202b': 'RLE', '\u202c': 'PDF', '\u202d': 'LRO', '\u202e': 'RLO',
  '\u2066': 'LRI', '\u2067': 'RLI', '\u2068': 'FSI', '\u2069': 'PDI', '\u200b': 'ZWSP', '\u2060': 'WJ', '\ufeff': 'BOM', '\u2028': 'LS', '\u2029': 'PS', '\u00ad': 'SHY',
};

// Zero width joiners stay: scripts and emoji need them.
const odd = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u;
const odds = /[\u{e0000}-\u{e007f}]+|\r\n|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const ansi = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]{0,4096}\x1b\\|\x1b[@-Z\\^_]|\x9b[0-?]*[ -/]*[@-~]/g;

function sign(c: string): string {
  if (c === '\r\n') return '\n';
  const code = c.codePointAt(0)!;
  if (code >= 0xe0000) {
    const said = [...c].map((t) => t.codePointAt(0)! - 0xe0000).map((n) => (n >= 32 && n < 127 ? String.fromCharCode(n) : '')).join('');
    return `⟨hidden: ${said}⟩`;
  }
  if (code < 32) return String.fromCodePoint(0x2400 + code);
  if (code === 127) return '␡';
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `⟨${bidi[c] ?? code.toString(16).toUpperCase()}⟩`;
}

/** The text with what cannot be seen as signs: ␛, ⟨RLO⟩. Lines and tabs stay. */
export function visible(text: string): string {
  return odd.test(text) ? text.replace(odds, sign) : text;
}

/** Without the sequences by which terminals get colors and titles. */
export function stripAnsi(text: string): string {
  return text.includes('\x1b') || text.includes('\x9b') ? text.replace(ansi, '') : text;
}

/** The beginning of a text as one line of a table. */
export function oneLine(text: string | undefined, most = 400): string {
  if (!text) return '';
  const line = visible(stripAnsi(text.slice(0, most * 2)).replace(/\r?\n/g, ' ↵ ').replace(/\t/g, ' '));
  return line.length > most || text.length > most * 2 ? line.slice(0, most) + '…' : line;
}

/** Pieces of about so many characters, cut where lines end if there is one near. */
export function pieces(text: string, size = 16_000): string[] {
  const out: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = at + size;
    if (end < text.length) {
      const line = text.lastIndexOf('\n', end);
      if (line > at + size / 2) end = line + 1;
      else if (/[\ud800-\udbff]/.test(text[end - 1]!)) end--; // not through a pair
    }
    out.push(text.slice(at, end));
    at = end;
  }
  return out;
}
