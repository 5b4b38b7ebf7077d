// Texts of many lines, and those written for terminals, as a line of a table.
import { visible } from '@/lib/foreign';

const ansi =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]{0,4096}\x1b\\|\x1b[@-Z\\^_]|\x9b[0-?]*[ -/]*[@-~]/g;

/** Without the sequences by which terminals get colors and titles. */
export function stripAnsi(text: string): string {
  return text.includes('\x1b') || text.includes('\x9b') ? text.replace(ansi, '') : text;
}

/** The beginning of a text as one line. */
export function oneLine(text: string | undefined, most = 400): string {
  if (!text) return '';
  const line = stripAnsi(text.slice(0, most * 2))
    .replace(/\r?\n/g, ' ↵ ')
    .replace(/\t/g, ' ');
  return visible(line.length <= most && text.length > most * 2 ? line + '…' : line, most);
}
