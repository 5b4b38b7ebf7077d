import type { Schemas } from '@/api/client';
import { count } from '@/lib/format';
import { arrived, kept, reasons, verdict, type Line } from './books';

/** What was received, kept and lost. */
export function BooksPanel({ books }: { books: Schemas['Books'] }) {
  const { state, text } = verdict(books);
  const why = reasons(books);
  return (
    <section className="panel" aria-label="Loss accounting">
      <header>
        <h2>Loss accounting</h2>
        <span className="unit">records, spans and logs together</span>
      </header>
      <div className="body stack">
        <p className={`st-verdict ${state}`} role="status">
          {text}
        </p>
        <div className="st-books">
          <Sum title="Received = accepted + duplicate + rejected + dropped" lines={arrived(books)} />
          <Sum title="Accepted = stored + sampled + expired + quarantined" lines={kept(books)} />
          <div>
            <h3>By reason</h3>
            {why.length === 0 ? (
              <p className="muted">Everything was accepted: there is nothing to give a reason for.</p>
            ) : (
              <div className="st-scroll" tabIndex={0} role="region" aria-label="By reason">
                <table className="plain">
                  <thead>
                    <tr>
                      <th scope="col">What</th>
                      <th scope="col">Outcome</th>
                      <th scope="col">Reason</th>
                      <th scope="col" className="right">
                        Records
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {why.map((e) => (
                      <tr key={`${e.signal} ${e.outcome} ${e.reason}`}>
                        <td>{e.signal}</td>
                        <td className={e.outcome === 'dropped' || e.outcome === 'quarantined' ? 'err' : ''}>
                          {e.outcome}
                        </td>
                        <td className="foreign">{e.reason ?? ''}</td>
                        <td className="right num">{count(e.count)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            )}
          </div>
        </div>
      </div>
    </section>
  );
}

function Sum({ title, lines }: { title: string; lines: Line[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <table className="plain st-sum">
        <tbody>
          {lines.map((l, i) => (
            <tr key={l.name} data-sum={i === 0}>
              <th scope="row">{l.name}</th>
              <td className={`right num ${l.bad && l.count > 0 ? 'err' : ''}`}>{count(l.count)}</td>
              <td className="muted">{l.means}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
