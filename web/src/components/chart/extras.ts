// Limits and marks, drawn by hand.
import type uPlot from 'uplot';
import { paint } from './paint';
import { alpha } from './palette';
import type { ChartProps } from './types';

/** drawAreas colors the ground from a limit up to the next. */
export function drawAreas(u: uPlot, p: ChartProps) {
  const areas = (p.limits ?? []).filter((l) => l.area).sort((a, b) => a.value - b.value);
  if (areas.length === 0) return;
  const { ctx, bbox } = u;
  const y = (v: number) =>
    Math.min(bbox.top + bbox.height, Math.max(bbox.top, v === -Infinity ? Infinity : u.valToPos(v, 'y', true)));
  ctx.save();
  areas.forEach((area, i) => {
    const top = i + 1 < areas.length ? y(areas[i + 1]!.value) : bbox.top;
    const bottom = y(area.value);
    if (!(bottom > top)) return;
    ctx.fillStyle = alpha(paint(area.color), 0.1);
    ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  });
  ctx.restore();
}

/** drawLines draws limits and marks over the series. */
export function drawLines(u: uPlot, p: ChartProps) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const limit of p.limits ?? []) {
    const y = u.valToPos(limit.value, 'y', true);
    if (limit.area || !(y >= bbox.top && y <= bbox.top + bbox.height)) continue;
    stroke(ctx, paint(limit.color), [6, 4], bbox.left, y, bbox.left + bbox.width, y);
  }
  for (const mark of p.marks ?? []) {
    const x = u.valToPos(mark.time / 1000, 'x', true);
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    stroke(ctx, paint(mark.color ?? '--warn'), [2, 3], x, bbox.top, x, bbox.top + bbox.height);
  }
  ctx.restore();
}

function stroke(
  ctx: CanvasRenderingContext2D,
  style: string,
  dash: number[],
  x1: number,
  y1: number,
  x2: number,
  y2: number,
) {
  ctx.strokeStyle = style;
  ctx.setLineDash(dash.map((n) => n * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
}
