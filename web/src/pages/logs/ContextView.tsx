// What was logged around a line: before and after it, of the same service, trace or request, or all.
import { ArrowLeft } from 'lucide-react';
import { useCallback, type ReactNode } from 'react';
import { ErrorNote } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { Loading } from '@/components/Loading';
import { When } from '@/components/When';
import { useUrlState } from '@/lib/search';
import { ColumnPicker } from '@/pages/logs/ColumnPicker';
import { exported } from '@/pages/logs/exported';
import type { ViewProps } from '@/pages/logs/Logs';
import { LogTable } from '@/pages/logs/LogTable';
import { timeOf } from '@/pages/logs/record';
import { arounds, useContext, useWhole, type Around } from '@/pages/logs/useLogs';

const names: Record<Around, string> = {
  service: 'the same service',
  trace: 'the same trace',
  request: 'the same request',
  all: 'all services',
};
const sizes = [20, 50, 100, 500];

export function ContextView({
  context,
  columns,
  setColumns,
  selected,
  onSelect,
  onOpen,
  details,
}: ViewProps & { context: string; details: ReactNode }) {
  const [search, set] = useUrlState();
  const { answer, log } = useWhole(context, 'newest');
  const ways = log ? arounds(log) : [];
  const by = ways.find((w) => w === search.around) ?? ways[0] ?? 'all';
  const lines = sizes.find((n) => String(n) === search.lines) ?? sizes[0]!;
  const { before, after, rows } = useContext(log, by, lines);
  const onStart = useCallback(() => {
    if (before.hasNextPage && !before.isFetchingNextPage && !before.isError) void before.fetchNextPage();
  }, [before]);
  const onEnd = useCallback(() => {
    if (after.hasNextPage && !after.isFetchingNextPage && !after.isError) void after.fetchNextPage();
  }, [after]);
  const error = answer.error ?? before.error ?? after.error;
  const both = before.isSuccess && after.isSuccess;
  return (
    <>
      <div className="toolbar">
        <button className="btn" onClick={() => set({ context: undefined, around: undefined, lines: undefined })}>
          <ArrowLeft aria-hidden />
          Back<span className="logs-wide"> to the list</span>
        </button>
        <span>
          Around{' '}
          <b>
            <When at={timeOf(context)!} style="full" />
          </b>
        </span>
        <label className="logs-choice">
          <span className="muted">of</span>{' '}
          <select className="input" value={by} onChange={(e) => set({ around: e.target.value }, true)}>
            {ways.map((w) => (
              <option key={w} value={w}>
                {names[w]}
              </option>
            ))}
          </select>
        </label>
        <label className="logs-choice">
          <span className="muted">lines before and after</span>{' '}
          <select className="input" value={lines} onChange={(e) => set({ lines: e.target.value }, true)}>
            {sizes.map((n) => (
              <option key={n} value={n}>
                {n}
              </option>
            ))}
          </select>
        </label>
        <span className="space" />
        <ColumnPicker rows={rows} columns={columns} onChange={setColumns} />
        <Export name="context" {...exported(rows, columns)} />
      </div>
      <div className="split">
        <div className="main">
          {error && (
            <div className="logs-note">
              <ErrorNote
                error={error}
                retry={() => void Promise.all([answer.refetch(), before.refetch(), after.refetch()])}
              />
            </div>
          )}
          {answer.isSuccess && !log && (
            <p className="loading">There is no such log: it may be past its retention, or the address is not whole.</p>
          )}
          {both && log ? (
            <LogTable
              key={`${context} ${by} ${lines}`}
              label="Lines around"
              rows={rows}
              columns={columns}
              onRemoveColumn={(c) => setColumns(columns.filter((o) => o !== c))}
              anchor={context}
              selected={selected}
              onSelect={onSelect}
              onOpen={onOpen}
              onStart={onStart}
              onEnd={onEnd}
            />
          ) : (
            !error && <Loading />
          )}
        </div>
        {details}
      </div>
    </>
  );
}
