// Text that came from outside, made harmless to read: what could hide or reorder it becomes visible.

// Controls but tab and newline; marks that override or embed directions; characters without width; line and paragraph separators.
const odd =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u;
const oddAll = new RegExp(odd.source, 'gu');

function name(c: string): string {
  const code = c.codePointAt(0)!;
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** The text with control, direction and invisible characters written out; at most so many UTF-16 units of it, whole characters only.
 * Right-to-left letters stay letters: class foreign isolates them. */
export function visible(text: string, most = Infinity): string {
  let cut = text;
  if (text.length > most) {
    let end = Math.max(0, Math.floor(most));
    if (/[\ud800-\udbff]/.test(text[end - 1] ?? '')) end--;
    cut = text.slice(0, end) + '…';
  }
  return odd.test(cut) ? cut.replaceAll('\r\n', '\n').replace(oddAll, name) : cut;
}

/** Whether a text has characters that visible writes out. Carriage returns of Windows line ends do not count. */
export const hasOdd = (text: string): boolean => odd.test(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text);
