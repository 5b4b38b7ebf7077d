// The live tail. New lines come at the end; while the reader looks further up, or after p, nothing moves and what comes is counted.
import { Pause, Play } from 'lucide-react';
import { useCallback, useRef, type ReactNode } from 'react';
import { ErrorNote } from '@/components/ErrorNote';
import { Export } from '@/components/Export';
import { count, plural } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { ColumnPicker } from '@/pages/logs/ColumnPicker';
import { exported } from '@/pages/logs/exported';
import type { ViewProps } from '@/pages/logs/Logs';
import { LogTable } from '@/pages/logs/LogTable';
import type { Row } from '@/pages/logs/record';
import { most } from '@/pages/logs/tailBuffer';
import { useTail, type Tail } from '@/pages/logs/useTail';

export function TailView({
  q,
  columns,
  setColumns,
  selected,
  onSelect,
  onOpen,
  bar,
  details,
}: ViewProps & { details: ReactNode }) {
  const tail = useTail(q);
  const { state, paused, setPaused } = tail;
  const byHand = useRef(false); // p, the button or a selection; else it was scrolling, and scrolling back goes on
  const toggle = () => {
    byHand.current = !paused;
    setPaused(!paused);
  };
  useKeys({ p: toggle });
  const latest = useRef(setPaused);
  latest.current = setPaused;
  const onLeave = useCallback(() => latest.current(true), []);
  const onReturn = useCallback(() => {
    if (!byHand.current) latest.current(false);
  }, []);
  const select = (row: Row) => {
    byHand.current = true;
    setPaused(true);
    onSelect(row);
  };
  const resume = () => {
    byHand.current = false;
    setPaused(false);
  };
  return (
    <>
      {bar(
        <>
          <button className="btn" onClick={toggle} aria-pressed={paused}>
            {paused ? <Play aria-hidden /> : <Pause aria-hidden />}
            <span className="logs-wide">{paused ? 'Go on' : 'Pause'}</span> <kbd>p</kbd>
          </button>
          <ColumnPicker rows={state.rows} columns={columns} onChange={setColumns} />
          <Export name="tail" {...exported(state.rows, columns)} />
        </>,
        tail.error,
      )}
      <div className="split">
        <div className="main">
          <Status tail={tail} />
          {state.rows.length > 0 ? (
            <LogTable
              label="Live tail"
              rows={state.rows}
              columns={columns}
              onRemoveColumn={(c) => setColumns(columns.filter((o) => o !== c))}
              selected={selected}
              onSelect={select}
              onOpen={onOpen}
              follow={!paused}
              onLeave={onLeave}
              onReturn={onReturn}
            />
          ) : (
            <p className="loading">
              {tail.status === 'following' ? 'Nothing matches yet. Lines show here as they come.' : ''}
            </p>
          )}
          {paused && state.waiting.length > 0 && (
            <button className="btn primary small logs-new" data-at="end" onClick={resume}>
              {count(state.waiting.length)} new
            </button>
          )}
        </div>
        {details}
      </div>
    </>
  );
}

function Status({ tail: { state, status, paused, error } }: { tail: Tail }) {
  const words =
    status === 'lost'
      ? 'Connection lost; it comes back by itself'
      : status === 'connecting'
        ? 'Connecting'
        : paused
          ? 'Paused'
          : 'Following';
  return (
    <div className="logs-tail-status">
      <span
        className="live"
        role="status"
        data-state={status === 'lost' ? 'lost' : paused || status === 'connecting' ? 'paused' : undefined}
      >
        <i />
        {words}
      </span>
      <span className="muted">
        {plural(state.rows.length, 'line')}
        {state.rows.length >= most ? `, the latest of ${count(state.came)}` : ''}
      </span>
      {state.lost > 0 && (
        <span className="warn">{count(state.lost)} more came than fit while paused; the list has them</span>
      )}
      {state.dropped > 0 && (
        <span className="warn">
          {plural(state.dropped, 'line')} left out: more came than this page could take; the list has them
        </span>
      )}
      {error && error.status !== 400 && error.status < 500 && <ErrorNote error={error} />}
    </div>
  );
}
