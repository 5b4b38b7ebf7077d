// All metrics with what they mean, and the queries one wants of each.
import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { getJSON } from '@/api/client';
import { Dock } from '@/components/Dock';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { count } from '@/lib/format';
import { unitOfMetric } from '@/lib/units';
import { askInstant, resultsOf } from './prometheus';
import { familiesOf, findFamilies, offersOf, type Family } from './metrics';

interface Answer<T> {
  data: T;
}

const ask = async ({ signal }: { signal: AbortSignal }) => {
  const [names, metadata] = await Promise.all([
    getJSON<Answer<string[]>>('/prometheus/api/v1/label/__name__/values?limit=50000', { signal }),
    getJSON<Answer<Record<string, { type: string; help: string }[]>>>(
      '/prometheus/api/v1/metadata?limit_per_metric=1',
      { signal },
    ).catch(() => ({ data: {} })),
  ]);
  return familiesOf(names.data, metadata.data);
};

export function Browser({ onTake, onClose }: { onTake: (expr: string) => void; onClose: () => void }) {
  const families = useQuery({ queryKey: ['families'], queryFn: ask, staleTime: 60_000 });
  const [find, setFind] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const deferred = useDeferredValue(find);
  const found = useMemo(() => findFamilies(families.data ?? [], deferred), [families.data, deferred]);
  return (
    <Dock
      title="Metrics"
      onClose={onClose}
      actions={
        families.data && (
          <span className="muted nowrap">
            {count(found.length)} of {count(families.data.length)}
          </span>
        )
      }
    >
      <div className="metrics">
        <input
          className="input"
          placeholder="Find by name or meaning"
          aria-label="Find a metric"
          value={find}
          onChange={(e) => setFind(e.target.value)}
        />
        {families.isError && <ErrorNote error={families.error} retry={() => void families.refetch()} />}
        {families.isPending && <Loading what="Asking for the metrics" />}
        {families.data && found.length === 0 && (
          <p className="muted">{families.data.length === 0 ? 'There is no metric yet.' : 'No metric has this name.'}</p>
        )}
        <List found={found} open={open} onOpen={setOpen} onTake={onTake} />
      </div>
    </Dock>
  );
}

function List({
  found,
  open,
  onOpen,
  onTake,
}: {
  found: Family[];
  open: string | null;
  onOpen: (name: string | null) => void;
  onTake: (expr: string) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: found.length,
    getScrollElement: () => box.current,
    estimateSize: () => 26,
    overscan: 10,
    getItemKey: (i) => found[i]!.name,
  });
  return (
    <div className="metrics-list" ref={box} tabIndex={0} role="region" aria-label="Metrics">
      <ul style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => {
          const f = found[item.index]!;
          const unit = unitOfMetric(f.name);
          return (
            <li
              key={item.key}
              ref={list.measureElement}
              data-index={item.index}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <button
                className="metric"
                aria-expanded={open === f.name}
                onClick={() => onOpen(open === f.name ? null : f.name)}
                title={f.help}
              >
                <span className="mono foreign-line">{f.name}</span>
                <span className="muted">
                  {f.kind === 'unknown' ? '' : f.kind}
                  {f.kind === 'histogram' && !f.classic ? ' (native)' : ''}
                </span>
              </button>
              {open === f.name && (
                <div className="metric-more">
                  {f.help && <p className="foreign">{f.help}</p>}
                  {unit && (
                    <p className="muted">
                      Unit by its name: {unit === 's' ? 'seconds' : unit === 'currencyUSD' ? 'US dollars' : unit}
                    </p>
                  )}
                  <Offers of={f} onTake={onTake} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

// A native histogram has the name of a gauge; without metadata its samples tell.
function Offers({ of: f, onTake }: { of: Family; onTake: (expr: string) => void }) {
  const guessed = f.kind === 'gauge' || f.kind === 'unknown';
  const sample = useQuery({
    queryKey: ['sample', f.name],
    queryFn: ({ signal }) => askInstant(`last_over_time({__name__=${JSON.stringify(f.name)}}[1h])`, Date.now(), signal),
    enabled: guessed,
    staleTime: 60_000,
  });
  const native = guessed && sample.data !== undefined && resultsOf(sample.data).some((r) => r.histogram);
  const offers = offersOf(native ? { ...f, kind: 'histogram', classic: false } : f);
  return (
    <>
      {native && <p className="muted">A native histogram.</p>}
      <div className="metric-offers">
        {offers.map((o) => (
          <button key={o.title} className="btn small" title={o.expr} onClick={() => onTake(o.expr)}>
            {o.title}
          </button>
        ))}
      </div>
    </>
  );
}
