// Which columns are drawn, and how wide. Of hundreds only those in sight are.

export interface Laid {
  id: string; // :time, :level, :service, :message or the name of a column
  index: number; // from 1
  width: number; // px
  own: boolean; // chosen by the reader
}

const own = 150;
const message = 360;
const margin = 300; // px beyond what is in sight
const few = 16;

/** Columns in their order with their tracks; before and after are px of columns that are not drawn. */
export function lay(columns: string[], sight: { left: number; width: number }, dates: boolean) {
  const narrow = sight.width < 460;
  const many = columns.length > 6 || narrow; // then the message comes before them: it would be out of sight
  const head = [col(':time', dates ? 172 : 104), col(':level', 54)];
  const chosen = columns.map((c) => col(c, own, true));
  const text = col(':message', narrow ? 480 : message);
  const all = (
    narrow
      ? [...head, text, col(':service', 130), ...chosen]
      : many
        ? [...head, col(':service', 130), text, ...chosen]
        : [...head, col(':service', 130), ...chosen, text]
  ).map((c, i) => ({ ...c, index: i + 1 }));
  const total = all.reduce((n, c) => n + c.width, 0);
  if (columns.length <= few) {
    const tracks = all.map((c) => (c.id === ':message' ? `minmax(${c.width}px, 1fr)` : `${c.width}px`)).join(' ');
    return {
      columns: all,
      before: 0,
      after: 0,
      tracks,
      width: total < sight.width ? '100%' : total,
      count: all.length,
    };
  }
  let x = 0,
    before = 0,
    after = 0;
  const drawn: Laid[] = [];
  for (const c of all) {
    if (x + c.width < sight.left - margin) before += c.width;
    else if (x > sight.left + sight.width + margin) after += c.width;
    else drawn.push(c);
    x += c.width;
  }
  const tracks = [before > 0 ? `${before}px` : '', ...drawn.map((c) => `${c.width}px`), after > 0 ? `${after}px` : '']
    .filter(Boolean)
    .join(' ');
  return { columns: drawn, before, after, tracks, width: total, count: all.length };
}

const col = (id: string, width: number, own = false): Laid => ({ id, index: 0, width, own });
