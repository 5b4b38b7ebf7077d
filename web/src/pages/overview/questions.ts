// What the overview asks first. The document names that question, so that the browser asks it before any code is there: see scripts/pages.ts.
import { getJSON } from '@/api/http';
import { resolve, type Range } from '@/lib/range';
import { queryBatch, readMatrix, type Batch, type Matrix } from './batch';
import { numberParts } from './expressions';
import { averaged, twoTimes } from './times';

/** The single numbers, at the end of the range and an hour before. */
export function askNumbers(range: Range, signal?: AbortSignal): Promise<Batch> {
  const { start, end, step } = twoTimes(resolve(range).to);
  return queryBatch(numberParts(`${averaged}s`), start, end, step, signal);
}

let named: { numbers: Promise<Batch>; here?: Batch } | undefined;

/** Takes the answer to the question that the document names: the numbers of now. Ends when they are there, or after so many milliseconds. */
export async function awaitNumbers(patience: number): Promise<void> {
  const address = document.querySelector<HTMLLinkElement>('link[rel=preload][as=fetch]')?.href;
  if (!address) return;
  const time = (name: string) => Number(new URL(address).searchParams.get(name));
  const early = {
    numbers: getJSON<Matrix>(address).then((a) => readMatrix(a, time('start'), time('end'), time('step'))),
    here: undefined as Batch | undefined,
  };
  named = early;
  const read = early.numbers.then(
    (batch) => {
      early.here = batch;
    },
    () => undefined,
  ); // whoever takes them is told what went wrong
  await Promise.race([read, new Promise((r) => setTimeout(r, patience))]);
}

/** What the document asked, once: where the range ends now. */
export function takeNumbers(range: Range): Promise<Batch> | undefined {
  const numbers = range.to === 'now' ? named?.numbers : undefined;
  named = undefined;
  return numbers;
}

/** The answer, where it came before the page did. */
export const numbersHere = (range: Range): Batch | undefined => (range.to === 'now' ? named?.here : undefined);
