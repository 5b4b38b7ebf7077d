// What differs between two texts or lists: the longest common subsequence, bounded in work.

export type Piece = { kind: 'same' | 'gone' | 'new'; text: string };

const mostCells = 4_000_000; // of the table: about 16 MB, some 30 ms

/** Indices of equal elements, rising in both; null where that would be too much work. */
export function common<T>(a: T[], b: T[], same: (x: T, y: T) => boolean = Object.is): [number, number][] | null {
  let start = 0;
  while (start < a.length && start < b.length && same(a[start]!, b[start]!)) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && same(a[a.length - 1 - end]!, b[b.length - 1 - end]!))
    end++;
  const n = a.length - start - end,
    m = b.length - start - end;
  if (n * m > mostCells) return null;
  const pairs: [number, number][] = [];
  for (let i = 0; i < start; i++) pairs.push([i, i]);
  // length[i][j] is that of the rests from i and j on
  const width = m + 1;
  const length = new Uint32Array((n + 1) * width);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      length[i * width + j] = same(a[start + i]!, b[start + j]!)
        ? length[(i + 1) * width + j + 1]! + 1
        : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!);
    }
  }
  for (let i = 0, j = 0; i < n && j < m;) {
    if (same(a[start + i]!, b[start + j]!)) pairs.push([start + i++, start + j++]);
    else if (length[(i + 1) * width + j]! >= length[i * width + j + 1]!) i++;
    else j++;
  }
  for (let i = end; i > 0; i--) pairs.push([a.length - i, b.length - i]);
  return pairs;
}

function pieces(a: string[], b: string[]): Piece[] | null {
  const pairs = common(a, b);
  if (pairs === null) return null;
  const out: Piece[] = [];
  const add = (kind: Piece['kind'], text: string) => {
    if (text === '') return;
    const last = out.at(-1);
    if (last?.kind === kind) last.text += text;
    else out.push({ kind, text });
  };
  let i = 0,
    j = 0;
  for (const [x, y] of [...pairs, [a.length, b.length] as [number, number]]) {
    add('gone', a.slice(i, x).join(''));
    add('new', b.slice(j, y).join(''));
    if (x < a.length) add('same', a[x]!);
    i = x + 1;
    j = y + 1;
  }
  return out;
}

const words = (text: string): string[] => text.match(/\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
const lines = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

const longest = 2_000_000; // characters that are looked at

/** How two texts differ, by words where that is quick, else by lines; null where they are too long and too different. */
export function diffTexts(a: string, b: string): Piece[] | null {
  if (a.length + b.length > longest) return null;
  if (a.length + b.length < 60_000) {
    const byWord = pieces(words(a), words(b));
    if (byWord) return byWord;
  }
  return pieces(lines(a), lines(b));
}

export interface Said {
  role: string;
  text: string;
}

/** Messages of two conversations, those that belong together in one pair. */
export function alignMessages(a: Said[], b: Said[]): [Said | undefined, Said | undefined][] {
  const pairs = common(a, b, (x, y) => x.role === y.role && x.text === y.text) ?? [];
  const out: [Said | undefined, Said | undefined][] = [];
  let i = 0,
    j = 0;
  for (const [x, y] of [...pairs, [a.length, b.length] as [number, number]]) {
    // What stands between two equal messages belongs together by its role, in order.
    while (i < x || j < y) {
      if (i < x && j < y && a[i]!.role === b[j]!.role) out.push([a[i++], b[j++]]);
      else if (i < x && (j >= y || !b.slice(j, y).some((m) => m.role === a[i]!.role))) out.push([a[i++], undefined]);
      else out.push([undefined, b[j++]]);
    }
    if (x < a.length) out.push([a[i++], b[j++]]);
  }
  return out;
}
