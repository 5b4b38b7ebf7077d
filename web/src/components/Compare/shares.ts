// Reading of a comparison.
import { both } from '@/components/conditions';
import { duration, short, usd } from '@/lib/format';

/** The query with the condition of a value beside it; itself where it already has it or no query finds the value. */
export function withCondition(q: string, condition: string): string {
  return condition === '' || q.split(/\s+/).includes(condition) ? q : both(q, condition);
}

/** How a value is shown: numbers with units, and words for what is absent. */
export function valueText(field: string, value: string): string {
  if (value === '') return 'none';
  const unit = units[field];
  if (!unit) return value;
  const written = (text: string) => (text === '' ? '' : unit(text));
  const [, low, high] = /^([^.]*(?:\.\d[^.]*)?)\.\.(.*)$/.exec(value) ?? [];
  if (low === undefined || high === undefined) return written(value);
  return low === ''
    ? `up to ${written(high)}`
    : high === ''
      ? `from ${written(low)}`
      : `${written(low)} to ${written(high)}`;
}

const ofNumber = (write: (n: number) => string) => (text: string) =>
  text.trim() === '' || Number.isNaN(Number(text)) ? text : write(Number(text));
const units: Record<string, (text: string) => string> = {
  duration: ofNumber(duration),
  ttft: ofNumber(duration),
  cost: ofNumber(usd),
  tokens: ofNumber(short),
  'tokens.in': ofNumber(short),
  'tokens.out': ofNumber(short),
};
