// The logs of the time range, page by page as one scrolls.
import { useCallback, useState, type ReactNode } from 'react';
import { BrushMenu, type Brush } from '@/components/Compare';
import { Empty, fill, oneLog } from '@/components/Empty';
import { ErrorNote, isMistake } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Loading } from '@/components/Loading';
import { count, plural } from '@/lib/format';
import { isLive, type Range } from '@/lib/range';
import { ColumnPicker } from '@/pages/logs/ColumnPicker';
import { exported } from '@/pages/logs/exported';
import { Histogram } from '@/pages/logs/Histogram';
import type { ViewProps } from '@/pages/logs/Logs';
import { LogTable } from '@/pages/logs/LogTable';
import type { Row } from '@/pages/logs/record';
import { useLogs, useNewer, type Order } from '@/pages/logs/useLogs';

interface Props extends ViewProps {
  range: Range;
  order: Order;
  brush: Brush;
  facets: ReactNode;
  details: (rows: Row[]) => ReactNode;
}

export function LogList({
  q,
  range,
  order,
  brush,
  facets,
  details,
  columns,
  setColumns,
  selected,
  onSelect,
  onOpen,
  bar,
}: Props) {
  const [again, ask] = useState(0);
  const { answer, rows } = useLogs(q, range, order, again);
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = answer;
  const newer = useNewer(q, range, rows[0], order === 'newest' && !answer.isPlaceholderData);
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const onNewer = () => {
    ask((n) => n + 1);
    document.querySelector('.logs-table')?.scrollTo({ top: 0 });
  };
  const footer = (
    <div className="logs-footer muted">
      {isFetchNextPageError ? (
        <ErrorNote error={answer.error} retry={() => void fetchNextPage()} />
      ) : isFetchingNextPage ? (
        'More is coming…'
      ) : hasNextPage ? (
        ''
      ) : (
        `${plural(rows.length, 'log')}: these are all of the time range.`
      )}
    </div>
  );
  return (
    <>
      {bar(
        <>
          <ColumnPicker rows={rows} columns={columns} onChange={setColumns} />
          <Export name="logs" {...exported(rows, columns)} />
        </>,
        answer.error,
      )}
      <div className="split">
        {facets}
        <div className="main">
          <Histogram q={q} range={range} brush={brush} />
          <BrushMenu brush={brush} />
          {newer > 0 && (
            <button className="btn primary small logs-new" onClick={onNewer}>
              {count(newer)} new
            </button>
          )}
          {answer.error && !isFetchNextPageError && !isMistake(answer.error) && (
            <div className="logs-note">
              <ErrorNote error={answer.error} retry={() => void answer.refetch()} />
            </div>
          )}
          {rows.length > 0 ? (
            <LogTable
              label="Logs"
              rows={rows}
              columns={columns}
              onRemoveColumn={(c) => setColumns(columns.filter((o) => o !== c))}
              selected={selected}
              onSelect={onSelect}
              onOpen={onOpen}
              onEnd={onEnd}
              footer={footer}
            />
          ) : answer.isPending ? (
            <Loading />
          ) : (
            !answer.error && <Nothing q={q} live={isLive(range)} />
          )}
        </div>
        {details(rows)}
      </div>
    </>
  );
}

function Nothing({ q, live }: { q: string; live: boolean }) {
  if (q !== '')
    return (
      <Empty title="No log matches this query in the time range">
        <p>Take a condition away, or choose a longer time. Press / to edit the query.</p>
      </Empty>
    );
  return (
    <Empty title="No logs in this time range" command={() => oneLog('info', 'It works')} own={fill.logs}>
      <p>
        {live
          ? 'This page fills by itself as soon as the first one comes. SDKs of OpenTelemetry send theirs without more.'
          : 'Choose another time, or send some.'}
      </p>
    </Empty>
  );
}
