// Says in words what the books of the server say in numbers.
import type { Schemas } from '@/api/client';
import { count, plural } from '@/lib/format';

type Books = Schemas['Books'];

export interface Verdict {
  state: 'ok' | 'warn' | 'err';
  text: string;
}

/** Whether everything received is accounted for. */
export function verdict(b: Books): Verdict {
  if (b.received === 0) return { state: 'ok', text: 'Nothing has been received yet.' };
  if (b.imbalance !== 0) {
    const n = Math.abs(b.imbalance);
    return {
      state: 'err',
      text: `The books do not add up: ${plural(n, 'record')} ${b.imbalance > 0 ? 'went missing without being told' : n === 1 ? 'is counted twice' : 'are counted twice'}. This is a fault of the server: please report it with what is on this page.`,
    };
  }
  const lost = b.dropped + b.quarantined;
  if (lost > 0)
    return {
      state: 'err',
      text: `The books add up, and ${plural(lost, 'record')} of ${count(b.received)} ${lost === 1 ? 'was' : 'were'} lost: the reasons are below.`,
    };
  if (b.rejected > 0)
    return {
      state: 'warn',
      text: `The books add up: nothing was lost. ${plural(b.rejected, 'record was', 'records were')} refused, and the senders were told why.`,
    };
  return {
    state: 'ok',
    text: `The books add up: all of ${plural(b.received, 'record')} received ${b.received === 1 ? 'is' : 'are'} accounted for, none was lost.`,
  };
}

export interface Line {
  name: string;
  count: number;
  means: string;
  bad?: boolean; // where it is not 0
}

/** received = accepted + duplicate + rejected + dropped */
export const arrived = (b: Books): Line[] => [
  { name: 'Received', count: b.received, means: 'over OTLP, the gateway and the logs route' },
  { name: 'Accepted', count: b.accepted, means: 'on disk before the sender was answered' },
  { name: 'Duplicate', count: b.duplicate, means: 'sent again, known already: counted once' },
  { name: 'Rejected', count: b.rejected, means: 'refused; the sender was told why', bad: true },
  { name: 'Dropped', count: b.dropped, means: 'lost by the server', bad: true },
];

/** accepted = stored + sampled + expired + quarantined */
export const kept = (b: Books): Line[] => [
  { name: 'Accepted', count: b.accepted, means: 'since the store was made' },
  {
    name: 'Stored',
    count: b.stored,
    means: `readable now: ${plural(b.stored_spans, 'span')}, ${plural(b.stored_logs, 'log')}`,
  },
  { name: 'Sampled', count: b.sampled, means: 'removed by sampling; metrics counted them before' },
  { name: 'Expired', count: b.expired, means: 'older than the store keeps, or beyond its size' },
  { name: 'Quarantined', count: b.quarantined, means: 'in damaged files that were set aside', bad: true },
];

/** Lines by signal and reason, without what is plainly accepted. */
export const reasons = (b: Books): Schemas['Entry'][] =>
  b.entries.filter((e) => e.outcome !== 'accepted' && e.count > 0).toSorted((x, y) => y.count - x.count);

/** What to do about a problem that the server tells, where that is known. */
export function advice(problem: string): string | undefined {
  const p = problem.toLowerCase();
  for (const [pattern, what] of advices) if (pattern.test(p)) return what;
  return undefined;
}

const receivers = /receiver|notif|slack|pagerduty|e-?mail|webhook/;

/** Whether a problem is one of those who are told of alerts. */
export const aboutReceivers = (problem: string): boolean => receivers.test(problem.toLowerCase());

const advices: [RegExp, string][] = [
  [
    /disk|free space|no space|read.only/,
    'Make room on the disk of the data folder, or lower store.max_size, store.max_age or metrics.max_size. It goes on by itself once there is room.',
  ],
  [
    /quarantin|damaged|set aside/,
    'The rest serves on. Keep the files for a report; docs/guide/storage.md says what can be got back.',
  ],
  [receivers, 'The routes show the last error of each receiver; send a test alert after mending it.'],
  [/target|scrape/, 'Below is why each target cannot be scraped.'],
  [
    /series|label|cardinality/,
    'Take the label out at its source, or drop it with metric_relabel_configs; metrics.max_series raises the limit.',
  ],
  [/remote/, 'What the receiver lacks is kept and sent when it is back; see how far behind it is below.'],
  [/rule|slo|objective/, 'telltale rules check FILE says file, line and what would be right.'],
  [/queue|overload|refused/, 'More arrives than can be written: fewer records, or a faster disk.'],
];
