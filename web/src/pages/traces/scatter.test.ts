import { describe, expect, it } from 'vitest';
import { decades, durations, nearest, timeAt, xOf, yOf, type Plot } from './scatter';

const plot: Plot = { left: 50, top: 10, width: 100, height: 90, from: 1000, to: 2000, low: 1e6, high: 1e9 };

describe('scatter', () => {
  it('spans whole powers of ten', () => {
    expect(durations([{ duration_ns: 3e6 }, { duration_ns: 2e9 }])).toEqual({ low: 1e6, high: 1e10 });
    expect(durations([{ duration_ns: 1e6 }])).toEqual({ low: 1e6, high: 1e7 });
    expect(durations([{ duration_ns: 0 }])).toEqual({ low: 1e3, high: 1e4 });
    expect(durations([])).toEqual({ low: 1e6, high: 1e9 });
    expect(decades(plot)).toEqual([1e6, 1e7, 1e8, 1e9]);
  });
  it('puts points at their time and duration, and what is out of range at the edge', () => {
    expect([xOf(plot, 1500), yOf(plot, 1e6), yOf(plot, 1e9), yOf(plot, 0), yOf(plot, 1e12)]).toEqual([
      100, 100, 10, 100, 10,
    ]);
    expect([timeAt(plot, 100), timeAt(plot, 0), timeAt(plot, 900)]).toEqual([1500, 1000, 2000]);
  });
  it('finds the nearest point, or none', () => {
    const points = [
      { x: 10, y: 10 },
      { x: 14, y: 10 },
    ];
    expect(nearest(points, 13, 10, 8)).toBe(1);
    expect(nearest(points, 40, 10, 8)).toBe(-1);
  });
});
