// Lines, bars and points over time, with their legend.
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Chart, type ChartDot, type ChartLimit } from '@/components/Chart';
import { seriesColor } from '@/components/chart/palette';
import { topSeries } from '@/components/chart/top';
import { axisFormatter, formatter, isBinary } from '@/lib/units';
import { useBoard } from '../context';
import { thresholdValues } from '../look';
import type { Answer, Panel } from '../model';
import { chartSeries, keysOf } from './chartSeries';
import { SeriesLegend } from './SeriesLegend';
import { useSize } from './useSize';

const many = 100; // series that are drawn at most

export function TimeSeries({ panel, answer }: { panel: Panel; answer: Answer }) {
  const board = useBoard();
  const [box, size] = useSize<HTMLDivElement>();
  const [alone, setAlone] = useState<ReadonlySet<string> | null>(null); // names that are shown; null is all
  const [showAll, setShowAll] = useState(false);
  const stack = stackOf(panel, answer);
  const every = useMemo(() => chartSeries(answer.series, panel.title), [answer.series, panel.title]);
  const { series: top, more } = useMemo(
    () => topSeries(every, showAll ? many : 8, stack !== false),
    [every, showAll, stack],
  );
  const keys = useMemo(() => keysOf(top), [top]);
  const calcs = useMemo(() => top.map((s) => answer.series[every.indexOf(s)]), [top, every, answer.series]);
  // Where none of those chosen is there any more, all are shown again.
  const chosen = useMemo(() => (alone && keys.some((k) => alone.has(k)) ? alone : null), [alone, keys]);
  const series = useMemo(
    () =>
      top.map((s, i) => ({
        ...s,
        color: s.color ?? seriesColor(i),
        ...(chosen && !chosen.has(keys[i]!) ? { hidden: true } : {}),
      })),
    [top, keys, chosen],
  );
  const field = answer.series.find((s) => s.field.axis !== 'right')?.field ?? panel.field;
  const format = useMemo(() => axisFormatter(stack === 'percent' ? 'percentunit' : field.unit), [field.unit, stack]);
  const rightUnit = answer.series.find((s) => s.field.axis === 'right')?.field.unit;
  const formatRight = useMemo(() => axisFormatter(rightUnit), [rightUnit]);
  const limits = useMemo(() => limitsOf(panel), [panel]);
  const dots = useDots(answer);
  const range = useMemo(() => ({ from: Date.parse(answer.from), to: Date.parse(answer.to) }), [answer.from, answer.to]);
  const legend = panel.options.legend ?? 'list';

  return (
    <div className="ts" data-right={panel.options.legend_right}>
      <div className="ts-plot" ref={box}>
        {size.height > 20 && (
          <Chart
            label={panel.title || 'Chart'}
            times={answer.times}
            series={series}
            format={format}
            formatRight={formatRight}
            height={size.height}
            range={range}
            min={stack === 'percent' ? 0 : panel.field.min}
            max={stack === 'percent' ? 1 : panel.field.max}
            softMin={panel.field.soft_min}
            softMax={panel.field.soft_max}
            stack={stack}
            log={panel.field.log !== undefined && panel.field.log > 0}
            binary={isBinary(field.unit)}
            timezone={board.timezone}
            limits={limits}
            dots={dots}
            marks={board.marks}
            onSelect={board.onZoom}
            sync={board.crosshair ? 'page' : `panel-${panel.id}`}
            empty={
              answer.targets.some((t) => t.error)
                ? 'The query failed'
                : (panel.field.no_value?.length ?? 0) > 1
                  ? panel.field.no_value
                  : undefined
            }
          />
        )}
      </div>
      {legend !== 'hidden' && series.length > 0 && (
        <SeriesLegend
          panel={panel}
          series={series}
          keys={keys}
          answers={calcs}
          table={legend === 'table'}
          onChange={setAlone}
          alone={chosen}
        />
      )}
      {(more > 0 || showAll) && (
        <div className="ts-more muted">
          {stack !== false && more > 0
            ? `${more} smaller ones are in “other”.`
            : `The highest ${top.length} of ${every.length} are drawn.`}
          <button className="btn bare small" onClick={() => setShowAll(!showAll)}>
            {showAll ? 'Show 8' : `Show ${Math.min(many, every.length)}`}
          </button>
        </div>
      )}
    </div>
  );
}

function stackOf(panel: Panel, answer: Answer): boolean | 'percent' {
  const how = answer.series.find((s) => s.field.stack && s.field.stack !== 'none')?.field.stack ?? panel.field.stack;
  return how === 'percent' ? 'percent' : how === 'normal';
}

function limitsOf(panel: Panel): ChartLimit[] | undefined {
  const how = panel.field.limits;
  if (how !== 'line' && how !== 'area') return undefined;
  return thresholdValues(panel.field)
    .filter((t) => how === 'area' || t.value !== -Infinity)
    .map((t) => ({ ...t, area: how === 'area' }));
}

function useDots(answer: Answer): ChartDot[] | undefined {
  const navigate = useNavigate();
  return useMemo(
    () =>
      answer.exemplars?.map((e) => {
        const field = answer.series.find((s) => s.target === e.target)?.field;
        return {
          time: e.time,
          value: e.value,
          title: `${formatter(field?.unit, field?.decimals)(e.value)}: open trace ${e.trace_id.slice(0, 8)}`,
          open: () =>
            void navigate({ to: `/traces/${e.trace_id}`, search: (e.span_id ? { span: e.span_id } : {}) as never }),
        };
      }),
    [answer, navigate],
  );
}
