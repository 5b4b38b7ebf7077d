// What the overview asks first. It imports neither React nor the client of queries, so that it can be asked before they are there: see early.ts.
import { resolve, type Range } from '@/lib/range';
import { queryBatch, type Batch } from './batch';
import { numberParts } from './expressions';
import { averaged, twoTimes } from './times';

/** The single numbers, at the end of the range and an hour before. */
export function askNumbers(range: Range, signal?: AbortSignal): Promise<Batch> {
  const { start, end, step } = twoTimes(resolve(range).to);
  return queryBatch(numberParts(`${averaged}s`), start, end, step, signal);
}

let begun: { range: Range; numbers: Promise<Batch> } | undefined;

/** Asks for the numbers before the page does. */
export function beginNumbers(range: Range) {
  begun = { range, numbers: askNumbers(range) };
  begun.numbers.catch(() => undefined); // whoever takes them is told
}

/** What was asked early, once: for the range that it was asked for. */
export function takeNumbers(range: Range): Promise<Batch> | undefined {
  const early = begun;
  begun = undefined;
  return early?.range.from === range.from && early.range.to === range.to ? early.numbers : undefined;
}
