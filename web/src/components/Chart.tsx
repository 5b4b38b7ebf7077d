// A chart over time, drawn by uPlot: zero baseline, gaps stay gaps, one cursor over all charts of a page.
import { useEffect, useId, useLayoutEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import { columns } from '@/components/chart/columns';
import { Dots, type DotsHandle } from '@/components/chart/Dots';
import { options } from '@/components/chart/options';
import { css, seriesColor } from '@/components/chart/palette';
import { Tip, type TipHandle } from '@/components/chart/Tip';
import type { ChartDot, ChartProps, ChartSeries } from '@/components/chart/types';
import { useTheme } from '@/lib/theme';
import '@/components/chart.css';

export { alpha, seriesColor } from '@/components/chart/palette';
export { topSeries } from '@/components/chart/top';
export type { ChartDot, ChartLimit, ChartMark, ChartProps, ChartSeries } from '@/components/chart/types';

const none: ChartDot[] = [];

export function Chart(props: ChartProps) {
  const { times, series, height = 168, stack = false, log } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const tip = useRef<TipHandle>(null);
  const dots = useRef<DotsHandle>(null);
  const latest = useRef(props);
  useLayoutEffect(() => {
    latest.current = props;
  });
  const theme = useTheme();
  const id = useId();

  const data = useMemo(() => columns({ times, series, stack, log }), [times, series, stack, log]);
  const nothing = useMemo(() => data.slice(1).every((values) => values.every((v) => v === null)), [data]);
  const words = useMemo(() => describeChart(series, props.format), [series, props.format]);
  // What uPlot cannot change makes a new plot; data alone does not.
  const shape = JSON.stringify([
    series.map(({ values: _, format: _f, ...rest }) => rest),
    stack,
    log,
    props.binary,
    theme,
    props.sync,
    props.timezone,
    props.onSelect !== undefined,
  ]);

  useLayoutEffect(() => {
    const el = box.current!;
    const point = (u: uPlot) => {
      const { idx, left = -1, top = -1 } = u.cursor;
      if (!u.over.matches(':hover') || idx == null || left < 0) return tip.current?.show(null);
      const at = u.over.getBoundingClientRect();
      tip.current?.show({
        index: idx,
        x: at.left + left,
        y: at.top + top,
        value: top >= 0 ? u.posToVal(top, 'y') : null,
      });
    };
    const u = new uPlot(
      options(Math.max(el.clientWidth, 60), latest, { onPoint: point, onDraw: (u) => dots.current?.moved(u) }),
      data,
      el,
    );
    plot.current = u;
    const watch = new ResizeObserver(() => {
      const width = Math.max(el.clientWidth, 60);
      if (width !== u.width) u.setSize({ width, height: u.height });
    });
    watch.observe(el);
    const tips = tip.current;
    return () => {
      watch.disconnect();
      u.destroy();
      plot.current = null;
      tips?.show(null);
    };
    // data is set by the effect below
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape]);
  useLayoutEffect(() => {
    const u = plot.current;
    if (u && u.data !== data) u.setData(data);
  }, [data, shape]);
  useLayoutEffect(() => {
    const u = plot.current;
    if (u && u.height !== height) u.setSize({ width: u.width, height });
  }, [height, shape]);
  useEffect(() => {
    const u = plot.current;
    if (u) u.setData(u.data); // the scales are asked again
  }, [props.range?.from, props.range?.to, props.min, props.max, props.softMin, props.softMax]);
  useEffect(() => {
    plot.current?.redraw(false);
  }, [props.dots, props.limits, props.marks]);

  return (
    <div className="chart" style={{ height }}>
      <div ref={box} className="plot" role="img" aria-label={props.label} aria-describedby={id} />
      <span id={id} className="sr">
        {words}
      </span>
      {nothing && <span className="chart-empty">{props.empty ?? 'No values in this time range'}</span>}
      <Tip ref={tip} latest={latest} />
      <Dots ref={dots} dots={props.dots ?? none} plot={plot} />
    </div>
  );
}

// describeChart says in words what the lines are.
function describeChart(series: ChartSeries[], format: (value: number) => string): string {
  return series
    .filter((s) => !s.hidden)
    .slice(0, 8)
    .map((s) => {
      const known = s.values.filter((v): v is number => v != null);
      const last = known.at(-1);
      const write = s.format ?? format;
      return last === undefined
        ? `${s.name}: no values`
        : `${s.name}: last ${write(last)}, highest ${write(known.reduce((a, b) => Math.max(a, b)))}`;
    })
    .join('; ');
}

/** The names of the series with their colors. With onToggle they are buttons. */
export function Legend({ series, onToggle }: { series: ChartSeries[]; onToggle?: (index: number) => void }) {
  return (
    <div className="legend">
      {series.map((s, i) => {
        const line = (
          <>
            <i style={{ background: css(s.color ?? seriesColor(i)) }} />
            <span className="foreign-line">{s.name}</span>
          </>
        );
        return onToggle ? (
          <button key={i} className="legend-item" aria-pressed={!s.hidden} onClick={() => onToggle(i)}>
            {line}
          </button>
        ) : (
          <span key={i} className="legend-item">
            {line}
          </span>
        );
      })}
    </div>
  );
}
