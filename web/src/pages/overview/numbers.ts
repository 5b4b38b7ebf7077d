// Single numbers of the overview and how they changed in an hour.
import { count, figures, percent, seconds, short, unknown, usd } from '@/lib/format';
import type { Batch } from './batch';
import { averaged } from './times';

export interface Change {
  text: string; // such as +12 %
  title: string; // in words
  direction: 'up' | 'down' | 'same' | 'none';
}

export interface KeyFigure {
  title: string;
  value: string;
  unit?: string;
  change: Change;
  badUp?: boolean; // more is worse
  to: string;
  search?: Record<string, string>;
  why: string; // what the link shows
}

/** Below so many events in a window a change says little. */
const few = 20;

/** Compares a number with the one an hour before. share: both are shares, the change is in percentage points.
 * events: how many events the smaller of both rests on, where that is known. */
export function change(
  now: number | null,
  before: number | null,
  write: (n: number) => string,
  o: { share?: boolean; events?: number } = {},
): Change {
  if (now === null && before === null)
    return { text: unknown, title: 'nothing was measured now or an hour ago', direction: 'none' };
  if (before === null) return { text: 'none 1 h ago', title: 'nothing was measured an hour ago', direction: 'none' };
  if (now === null) return { text: 'gone', title: `an hour ago: ${write(before)}`, direction: 'none' };
  const was = `an hour ago: ${write(before)}`;
  const small = o.events !== undefined && o.events < few;
  const title = small
    ? `${was}; only about ${count(Math.round(o.events!))} events in one of the two times, so this says little`
    : was;
  const delta = now - before;
  if (o.share) {
    const points = Math.round(delta * 1000) / 10;
    return {
      text: `${signed(points, String(Math.abs(points)))} pt${small ? ', few' : ''}`,
      title,
      direction: points > 0 ? 'up' : points < 0 ? 'down' : 'same',
    };
  }
  if (before === 0)
    return now === 0
      ? { text: '±0', title, direction: 'same' }
      : { text: `from 0${small ? ', few' : ''}`, title, direction: 'up' };
  const relative = delta / before;
  const shown = Math.round(relative * 100);
  if (shown === 0) return { text: '±0 %', title, direction: 'same' };
  const text =
    relative >= 9.5
      ? `×${figures(Math.round((now / before) * 10) / 10)}`
      : `${signed(shown, String(Math.abs(shown)))} %`;
  return { text: text + (small ? ', few' : ''), title, direction: relative > 0 ? 'up' : 'down' };
}

const signed = (n: number, abs: string) => (n > 0 ? `+${abs}` : n < 0 ? `−${abs}` : `±${abs}`);

/** The numbers at two times: an hour before, and now. A server that sees no HTTP requests counts model calls instead. */
export function keyFigures(batch: Batch, costToday: number | null): KeyFigure[] {
  const pair = (id: string): [number | null, number | null] => {
    const [before = null, now = null] = batch.of(id)[0]?.values ?? [];
    return [now, before];
  };
  const http = batch.of('requests').some((s) => s.values.some((v) => v !== null && v > 0));
  const [all, wrong, q] = http ? ['requests', 'request_errors', 'request_'] : ['calls', 'call_errors', 'call_'];
  const [rate, rateBefore] = pair(all);
  const events = rate === null || rateBefore === null ? undefined : Math.min(rate, rateBefore) * averaged;
  const share = (part: number | null, whole: number | null) =>
    part === null || whole === null || whole === 0 ? null : part / whole;
  const [bad, badBefore] = pair(wrong);
  const errors = share(bad, rate),
    errorsBefore = share(badBefore, rateBefore);
  const what = http ? { to: '/traces', q: 'kind:server' } : { to: '/calls', q: '' };
  const latency = (p: string, name: string): KeyFigure => {
    const [now, before] = pair(q + p);
    const slow = now === null ? what.q : `${what.q} duration:>${Math.max(1, Math.floor(now * 1000))}ms`.trim();
    return {
      title: name,
      ...split(seconds(now)),
      change: change(now, before, seconds, { events }),
      badUp: true,
      to: what.to,
      search: { q: slow },
      why: `${http ? 'Traces' : 'Calls'} that took longer`,
    };
  };
  const [input, inputBefore] = pair('input'),
    [output, outputBefore] = pair('output');
  const tokens = sum(input, output),
    tokensBefore = sum(inputBefore, outputBefore);
  const [cost, costBefore] = pair('cost');
  const [ttft, ttftBefore] = pair('ttft_0.5');
  const [cache, cacheBefore] = pair('prompt_cache');
  const [agents, agentsBefore] = pair('sessions');
  const [runs] = pair('runs');
  return [
    {
      title: http ? 'Requests' : 'LLM calls',
      value: short(rate),
      unit: '/s',
      change: change(rate, rateBefore, (n) => `${short(n)}/s`, { events }),
      to: what.to,
      search: { q: what.q },
      why: http ? 'The requests' : 'The calls',
    },
    {
      title: 'Errors',
      ...split(percent(errors)),
      change: change(errors, errorsBefore, percent, { share: true, events }),
      badUp: true,
      to: '/errors',
      why: 'What failed, by kind',
    },
    latency('0.5', 'p50'),
    latency('0.95', 'p95'),
    latency('0.99', 'p99'),
    {
      title: 'First token',
      ...split(seconds(ttft)),
      change: change(ttft, ttftBefore, seconds),
      badUp: true,
      to: '/calls',
      search: ttft === null ? { q: 'stream:true' } : { q: `ttft:>${Math.max(1, Math.floor(ttft * 1000))}ms` },
      why: 'Streamed calls that took longer than half of them',
    },
    {
      title: 'Tokens',
      value: short(tokens),
      unit: '/min',
      change: change(tokens, tokensBefore, (n) => `${short(n)}/min`),
      to: '/dashboards/telltale-llm',
      why: 'Tokens by model',
    },
    {
      title: 'Cost',
      value: usd(cost),
      unit: '/h',
      change: change(cost, costBefore, (n) => `${usd(n)}/h`),
      badUp: true,
      to: '/dashboards/telltale-cost',
      why: 'Cost by model, key and service',
    },
    {
      title: 'Cost today',
      value: usd(costToday),
      change: { text: 'since midnight', title: 'since midnight in your time zone', direction: 'none' },
      to: '/dashboards/telltale-cost',
      search: { from: midnight() },
      why: 'Cost by model, key and service',
    },
    {
      title: 'Cached input',
      ...split(percent(cache)),
      change: change(cache, cacheBefore, percent, { share: true }),
      to: '/dashboards/telltale-llm',
      why: 'Cached tokens by model',
    },
    {
      title: 'Agents',
      value: count(agents),
      unit: runs === null ? 'active' : `active, ${short(runs)} runs/min`,
      change: change(agents, agentsBefore, (n) => count(n)),
      to: '/dashboards/telltale-agents',
      why: 'Runs, steps and tools of agents',
    },
  ];
}

const sum = (a: number | null, b: number | null) => (a === null && b === null ? null : (a ?? 0) + (b ?? 0));

// split takes the unit off a number, so that it can be written smaller.
function split(text: string): { value: string; unit?: string } {
  const [, value, unit] = /^(\S+) (\S+)$/.exec(text) ?? [];
  return value ? { value, unit } : { value: text };
}

/** The last midnight of the local zone, as the API reads it. */
export function midnight(now = new Date()): string {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate()).toISOString();
}
