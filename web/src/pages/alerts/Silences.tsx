// What is silenced, by whom and for how long.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { BellOff } from 'lucide-react';
import { useState } from 'react';
import { Empty } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Modal } from '@/components/Modal';
import { When } from '@/components/When';
import { plural } from '@/lib/format';
import { useUrlState } from '@/lib/search';
import { expireSilence, listSilences, type Silence } from './alertmanager';
import { fromWire, writeMatcher, writeMatchers } from './matchers';
import { NewSilence } from './NewSilence';

const rank = { active: 0, pending: 1, expired: 2 };
const shownExpired = 50;

export default function Silences() {
  const [search, set] = useUrlState();
  const silences = useQuery({
    queryKey: ['silences'],
    queryFn: ({ signal }) => listSilences(signal),
    refetchInterval: 10_000,
  });
  const [ending, setEnding] = useState<Silence | null>(null);
  const list = (silences.data ?? []).toSorted(
    (a, b) =>
      rank[a.status.state] - rank[b.status.state] ||
      (a.status.state === 'expired' ? b.endsAt.localeCompare(a.endsAt) : a.endsAt.localeCompare(b.endsAt)),
  );
  const living = list.filter((s) => s.status.state !== 'expired');
  const expired = list.filter((s) => s.status.state === 'expired');
  return (
    <div className="page stack">
      <div className="al-bar">
        <button className="btn primary" onClick={() => set({ new: 'alertname=""' })}>
          <BellOff aria-hidden />
          New silence
        </button>
        <span className="muted">{silences.data && `${plural(living.length, 'silence')} in force or to come.`}</span>
      </div>
      {silences.error && <ErrorNote error={silences.error} retry={() => void silences.refetch()} />}
      {!silences.data && !silences.error && <Loading what="Asking for silences" />}
      {silences.data && list.length === 0 && (
        <Empty
          title="Nothing is silenced"
          command={`amtool --alertmanager.url=${location.origin}/alertmanager silence add alertname=NoTraffic --duration=2h --comment='move to the new cluster'`}
        >
          <p>A silence keeps alerts from being sent for a while: make one here, from an alert, or with amtool.</p>
        </Empty>
      )}
      {living.length > 0 && (
        <List
          title="In force"
          silences={living}
          selected={search.silence}
          onEnd={setEnding}
          onAgain={(s) => set({ new: writeMatchers(s.matchers.map(fromWire)) })}
        />
      )}
      {expired.length > 0 && (
        <List
          title={expired.length > shownExpired ? `Over, the last ${shownExpired}` : 'Over'}
          silences={expired.slice(0, shownExpired)}
          selected={search.silence}
          onAgain={(s) => set({ new: writeMatchers(s.matchers.map(fromWire)) })}
        />
      )}
      {search.new !== undefined && <NewSilence initial={search.new} onClose={() => set({ new: undefined })} />}
      {ending && <End silence={ending} onClose={() => setEnding(null)} />}
    </div>
  );
}

function List({
  title,
  silences,
  selected,
  onEnd,
  onAgain,
}: {
  title: string;
  silences: Silence[];
  selected?: string;
  onEnd?: (s: Silence) => void;
  onAgain: (s: Silence) => void;
}) {
  return (
    <section className="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
      </header>
      <div className="al-scroll" tabIndex={0} role="region" aria-label={`${title}, a table`}>
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">State</th>
              <th scope="col">Of alerts with</th>
              <th scope="col">Why</th>
              <th scope="col">Who</th>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">
                <span className="sr">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {silences.map((s) => (
              <tr key={s.id} data-on={s.id === selected}>
                <td>
                  <span className={`tag ${s.status.state === 'active' ? 'accent' : ''}`}>{s.status.state}</span>
                </td>
                <td>
                  {s.matchers.map((m) => (
                    <div key={m.name + m.value} className="mono foreign">
                      {writeMatcher(fromWire(m))}
                    </div>
                  ))}
                </td>
                <td className="foreign">{s.comment}</td>
                <td className="foreign">{s.createdBy}</td>
                <td>
                  <When at={s.startsAt} style="full" />
                </td>
                <td>
                  <When at={s.endsAt} style={s.status.state === 'expired' ? 'full' : 'ago'} />
                </td>
                <td className="right nowrap">
                  <button className="btn small" onClick={() => onAgain(s)}>
                    Once more
                  </button>
                  {onEnd && (
                    <>
                      {' '}
                      <button className="btn small danger" onClick={() => onEnd(s)}>
                        End now
                      </button>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function End({ silence, onClose }: { silence: Silence; onClose: () => void }) {
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    try {
      await expireSilence(silence.id);
      await Promise.all([
        client.invalidateQueries({ queryKey: ['silences'] }),
        client.invalidateQueries({ queryKey: ['/api/v1/alerts'] }),
      ]);
      onClose();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  return (
    <Modal title="End this silence?" onClose={onClose}>
      <div className="stack">
        <p className="al-text">Alerts with these labels are sent again at once:</p>
        <div>
          {silence.matchers.map((m) => (
            <div key={m.name + m.value} className="mono foreign">
              {writeMatcher(fromWire(m))}
            </div>
          ))}
        </div>
        {error !== null && <ErrorNote error={error} />}
        <div className="al-actions">
          <button className="btn danger" disabled={busy} onClick={() => void end()}>
            End the silence
          </button>
          <button className="btn" onClick={onClose}>
            Keep it
          </button>
        </div>
      </div>
    </Modal>
  );
}
