// The fields whose values differ most between a selection and the rest, with two bars for each value.
import { useQuery } from '@tanstack/react-query';
import { ZoomIn } from 'lucide-react';
import { useState } from 'react';
import { ask, type Schemas } from '@/api/client';
import type { Brush, Selection } from '@/components/Compare/brush';
import { valueText, withCondition } from '@/components/Compare/shares';
import { Dock } from '@/components/Dock';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { count, percent } from '@/lib/format';
import { between, describe, type Range } from '@/lib/range';
import { useRange } from '@/lib/search';
import '@/components/Compare/compare.css';

interface Props {
  signal: 'calls' | 'spans' | 'logs';
  q: string;
  range: Range;
  selection?: Selection | null;
  selectionQuery?: string;
  onQuery: (q: string) => void;
}

/** Shows itself while the brush compares. */
export function CompareDock({
  brush,
  signal,
  q,
  onQuery,
}: {
  brush: Brush;
  signal: Props['signal'];
  q: string;
  onQuery: Props['onQuery'];
}) {
  const [range] = useRange();
  if (!brush.comparing || !brush.selection) return null;
  return (
    <Dock
      title="Compare with the rest"
      onClose={brush.clear}
      actions={
        <button className="btn small" onClick={brush.zoom}>
          <ZoomIn aria-hidden />
          Zoom in
        </button>
      }
    >
      <Compare signal={signal} q={q} range={range} selection={brush.selection} onQuery={onQuery} />
    </Dock>
  );
}

export function Compare({ signal, q, range, selection, selectionQuery, onQuery }: Props) {
  const selected = selection ? between(selection.from, selection.to) : undefined;
  const answer = useQuery(
    ask('/api/v1/compare', {
      query: {
        signal,
        q,
        from: range.from,
        to: range.to,
        selection_from: selected?.from,
        selection_to: selected?.to,
        selection_q: selectionQuery,
      },
    }),
  );
  const { data, error } = answer;
  return (
    <div className="compare stack" aria-busy={answer.isFetching}>
      <p className="compare-of">
        <i className="swatch compare-selected" /> <b className="num">{data ? count(data.selected) : '…'}</b>{' '}
        {selected ? describe(selected) : 'selected'}
        {selectionQuery ? ` with ${selectionQuery}` : ''}
        <br />
        <i className="swatch compare-rest" /> <b className="num">{data ? count(data.rest) : '…'}</b> others of{' '}
        {describe(range)}
      </p>
      {error && <ErrorNote error={error} retry={() => void answer.refetch()} />}
      {!data && !error && <Loading what="Comparing" />}
      {data && <Found data={data} q={q} onQuery={onQuery} />}
    </div>
  );
}

function Found({ data, q, onQuery }: { data: Schemas['Comparison']; q: string; onQuery: Props['onQuery'] }) {
  if (data.selected === 0)
    return (
      <p className="muted">Nothing matches the query in the selected time. Select another time, or a wider one.</p>
    );
  if (data.rest === 0)
    return (
      <p className="muted">Nothing is left to compare with: the selection is all there is. Widen the time range.</p>
    );
  return (
    <>
      {data.sampled && (
        <p className="muted">
          Shares are those of samples taken evenly over time: {count(data.selected_sample)} of the selection,{' '}
          {count(data.rest_sample)} of the rest.
        </p>
      )}
      {data.attributes.length === 0 && <p className="muted">No field differs: the selection looks like the rest.</p>}
      {data.attributes.map((a) => (
        <Attribute key={a.field} attribute={a} q={q} onQuery={onQuery} />
      ))}
    </>
  );
}

const shown = 4;

function Attribute({
  attribute,
  q,
  onQuery,
}: {
  attribute: Schemas['ComparedAttribute'];
  q: string;
  onQuery: Props['onQuery'];
}) {
  const [all, setAll] = useState(false);
  const { field, score, values } = attribute;
  return (
    <section className="compare-field">
      <h3>
        <span className="foreign-line mono">{field}</span>
        <span className="muted num" title="How different: 0 to 1">
          {score.toFixed(2)}
        </span>
      </h3>
      <ul>
        {values.slice(0, all ? undefined : shown).map((v) => (
          <li key={v.value}>
            <button
              className="compare-value"
              disabled={v.query === ''}
              title={v.query ? `Add ${v.query} to the query` : undefined}
              onClick={() => onQuery(withCondition(q, v.query))}
            >
              <span className="foreign-line">
                {v.value === '' ? <i className="muted">none</i> : valueText(field, v.value)}
              </span>
              <Bar share={v.selected_share} count={v.selected_count} kind="selected" />
              <Bar share={v.rest_share} count={v.rest_count} kind="rest" />
            </button>
          </li>
        ))}
      </ul>
      {values.length > shown && (
        <button className="btn bare small" onClick={() => setAll(!all)}>
          {all ? 'Fewer' : `${values.length - shown} more values`}
        </button>
      )}
    </section>
  );
}

function Bar({ share, count: n, kind }: { share: number; count: number; kind: 'selected' | 'rest' }) {
  return (
    <span className="compare-bar" title={`${count(n)} records`}>
      <span className="compare-track">
        <i className={`compare-${kind}`} style={{ width: `${Math.max(share > 0 ? 0.5 : 0, share * 100)}%` }} />
      </span>
      <span className="num">
        {percent(share)}
        <span className="sr"> of the {kind === 'selected' ? 'selection' : 'rest'}</span>
      </span>
    </span>
  );
}
