// What a heatmap draws: buckets as rows from the lowest to the highest.

export interface Bucket {
  lower: number; // may be -Infinity
  upper: number; // may be Infinity
  values: (number | null)[];
}

interface Source {
  lower?: number | undefined;
  upper?: number | undefined;
  values: (number | null)[];
}

/** Rows of a heatmap; series of the same bucket are added up. Empty rows at both ends are left out. */
export function bucketsOf(series: Source[]): Bucket[] {
  const rows = new Map<string, Bucket>();
  for (const s of series) {
    const lower = s.lower ?? -Infinity,
      upper = s.upper ?? Infinity;
    const key = `${lower}:${upper}`;
    const row = rows.get(key);
    if (!row) rows.set(key, { lower, upper, values: [...s.values] });
    else
      s.values.forEach((v, i) => {
        if (v !== null) row.values[i] = (row.values[i] ?? 0) + v;
      });
  }
  const out = [...rows.values()].sort((a, b) => a.upper - b.upper || a.lower - b.lower);
  const used = (b: Bucket) => b.values.some((v) => v !== null && v > 0);
  const first = out.findIndex(used);
  if (first < 0) return out.slice(0, 12);
  return out.slice(Math.max(0, first - 1), Math.min(out.length, out.findLastIndex(used) + 2));
}

/** At most so many rows, by adding up neighbours: native histograms have hundreds. */
export function coarser(rows: Bucket[], most: number): Bucket[] {
  if (rows.length <= most) return rows;
  const per = Math.ceil(rows.length / most);
  const out: Bucket[] = [];
  for (let i = 0; i < rows.length; i += per) {
    const group = rows.slice(i, i + per);
    out.push({
      lower: group[0]!.lower,
      upper: group.at(-1)!.upper,
      values: group[0]!.values.map((_, t) =>
        group.reduce<number | null>((sum, g) => (g.values[t] == null ? sum : (sum ?? 0) + g.values[t]), null),
      ),
    });
  }
  return out;
}

/** Opacity of a cell: the root makes rare ones visible beside frequent ones. */
export const strength = (value: number, highest: number): number =>
  value <= 0 || highest <= 0 ? 0 : 0.08 + 0.92 * Math.sqrt(value / highest);

/** Which lower edges to write, so that they do not overlap: every so many rows. */
export const every = (rows: number, height: number, line = 16): number =>
  Math.max(1, Math.ceil((rows * line) / Math.max(1, height)));
