// How many logs there were, by level. Drawing over it selects a time.
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { ask } from '@/api/client';
import { Chart, Legend } from '@/components/Chart';
import type { Brush } from '@/components/Compare';
import { count, short } from '@/lib/format';
import { bucket, isLive, resolve, type Range } from '@/lib/range';
import { histogram } from '@/pages/logs/histogram';

export function Histogram({ q, range, brush }: { q: string; range: Range; brush: Brush }) {
  const width = bucket(range, 90);
  const answer = useQuery(
    ask(
      '/api/v1/aggregate',
      { query: { signal: 'logs', group: 'level', columns: 'count', bucket: width.text, q, ...range, limit: 20 } },
      { refresh: isLive(range) ? 5000 : false },
    ),
  );
  const at = answer.dataUpdatedAt;
  const { from, to } = useMemo(() => resolve(range, at || undefined), [range, at]);
  const { times, series, total } = useMemo(
    () => histogram(answer.data?.rows ?? [], from, to, width.ms),
    [answer.data, from, to, width.ms],
  );
  return (
    <div className="logs-histogram" aria-busy={answer.isFetching}>
      <div className="logs-histogram-head">
        <span>
          <b className="num">{answer.data ? count(total) : '…'}</b> {total === 1 ? 'log' : 'logs'}, by {width.text}
        </span>
        <Legend series={series} />
      </div>
      <Chart
        label="Logs over time, by level"
        times={times}
        series={series}
        stack
        format={short}
        height={96}
        range={{ from, to }}
        onSelect={brush.select}
        marks={brush.marks}
      />
    </div>
  );
}
