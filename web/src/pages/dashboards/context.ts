// What the panels of a dashboard share.
import { createContext, useContext } from 'react';
import type { ChartMark } from '@/components/Chart';
import type { Range } from '@/lib/range';
import type { Answer, Chosen, Panel, Problem } from './model';

export interface Question {
  from: string;
  to: string;
  points: number;
}

export interface Board {
  uid: string;
  title: string;
  range: Range;
  refresh: number; // ms between questions; 0 is never
  chosen: Chosen; // what is selected, for links too
  shown: Chosen; // the same with All as its values
  marks: ChartMark[]; // annotations
  crosshair: boolean;
  timezone?: string; // undefined is that of the browser
  /** Asks the queries of a panel. Answers of one key are the same. */
  ask: (panel: Panel, question: Question, signal: AbortSignal) => Promise<Answer>;
  keyOf: (panel: Panel) => readonly unknown[];
  problemsOf: (panel: Panel) => Problem[];
  jsonOf: (panel: Panel) => unknown;
  onZoom?: (from: number, to: number) => void;
  view?: (panel: Panel | null) => void; // shows a panel alone
}

export const BoardContext = createContext<Board | null>(null);

export function useBoard(): Board {
  const board = useContext(BoardContext);
  if (!board) throw new Error('a panel stands outside of a dashboard');
  return board;
}
