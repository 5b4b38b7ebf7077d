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

let begun: { range: Range; numbers: Promise<Batch>; here?: Batch } | undefined;

/** Asks for the numbers before the page does. */
export function beginNumbers(range: Range) {
  const early = { range, numbers: askNumbers(range), here: undefined as Batch | undefined };
  early.numbers.then((batch) => (early.here = batch), () => undefined); // whoever takes them is told what went wrong
  begun = early;
}

const isOf = (range: Range) => begun?.range.from === range.from && begun.range.to === range.to;

/** What was asked early, once: for the range that it was asked for. */
export function takeNumbers(range: Range): Promise<Batch> | undefined {
  const early = isOf(range) ? begun?.numbers : undefined;
  begun = undefined;
  return early;
}

/** The answer, where it came before the page did. */
export const numbersHere = (range: Range): Batch | undefined => (isOf(range) ? begun?.here : undefined);
