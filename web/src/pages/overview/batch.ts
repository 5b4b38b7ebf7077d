// Many PromQL expressions in one request: the union of all, told apart by a label.
import { getJSON } from '@/api/http';
import { tag, union, type Part } from './union';

/** A series of an answer. */
export interface Series {
  labels: Record<string, string>;
  values: (number | null)[]; // one for each of the times asked for; null where there is none
}

export interface Batch {
  times: number[]; // ms since 1970
  of: (id: string) => Series[];
}

/** What a server answers to a question of a range. */
export interface Matrix {
  data: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

/** What a server answered for the times from start on, step apart; all in seconds. */
export function readMatrix(answer: Matrix, start: number, end: number, step: number): Batch {
  const times: number[] = [];
  for (let t = start; t <= end + 1e-6; t += step) times.push(Math.round(t * 1000));
  const parts = new Map<string, Series[]>();
  for (const { metric, values } of answer.data.result) {
    const { [tag]: id = '', ...labels } = metric;
    const row = new Array<number | null>(times.length).fill(null);
    for (const [t, text] of values) {
      const at = Math.round((t - start) / step);
      const value = Number(text);
      if (at >= 0 && at < row.length && Number.isFinite(value)) row[at] = value;
    }
    const list = parts.get(id);
    if (list) list.push({ labels, values: row });
    else parts.set(id, [{ labels, values: row }]);
  }
  return { times, of: (id) => parts.get(id) ?? [] };
}

/** Asks for all parts at once, at times in seconds. */
export async function queryBatch(
  parts: Part[],
  start: number,
  end: number,
  step: number,
  signal?: AbortSignal,
): Promise<Batch> {
  const body = new URLSearchParams({ query: union(parts), start: String(start), end: String(end), step: String(step) });
  return readMatrix(
    await getJSON<Matrix>('/prometheus/api/v1/query_range', { method: 'POST', body, signal }),
    start,
    end,
    step,
  );
}

/** The values of the one series of a part; all null where it has none. */
export function one(batch: Batch, id: string): (number | null)[] {
  return batch.of(id)[0]?.values ?? batch.times.map(() => null);
}

/** The largest series of a part by their sum, at most so many and by name, so that colors stay; the rest added up as other. */
export function largest(
  batch: Batch,
  id: string,
  label: string,
  most = 7,
): { name: string; values: (number | null)[]; rest: boolean }[] {
  const all = batch.of(id).map((s) => ({
    name: s.labels[label] || 'none',
    values: s.values,
    sum: s.values.reduce<number>((a, v) => a + (v ?? 0), 0),
  }));
  all.sort((a, b) => b.sum - a.sum || a.name.localeCompare(b.name));
  const shown = all.slice(0, all.length === most + 1 ? most + 1 : most);
  const rest = all.slice(shown.length);
  shown.sort((a, b) => a.name.localeCompare(b.name));
  const out = shown.map(({ name, values }) => ({ name, values, rest: false }));
  if (rest.length > 0) {
    const values = batch.times.map((_, i) =>
      rest.reduce<number | null>((sum, s) => (s.values[i] == null ? sum : (sum ?? 0) + s.values[i]), null),
    );
    out.push({ name: `${rest.length} others`, values, rest: true });
  }
  return out;
}
