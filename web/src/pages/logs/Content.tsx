// A text of a log as it reads best: JSON indented, stack traces with their frames, colors of terminals taken off; raw on demand.
import { useMemo, useState } from 'react';
import { LongText } from '@/components/LongText';
import { visible } from '@/lib/foreign';
import { prettyJSON } from '@/lib/json';
import { stripAnsi } from '@/lib/oneLine';
import { isStack, stackLines } from '@/pages/logs/stack';

export function Content({ text, lines = 40 }: { text: string; lines?: number }) {
  const [raw, setRaw] = useState(false);
  const { pretty, what } = useMemo(() => legible(text), [text]);
  return (
    <div className="log-content">
      {what && (
        <div className="log-content-how" role="group" aria-label="How it is shown">
          <button className="btn bare small" aria-pressed={!raw} onClick={() => setRaw(false)}>
            {what}
          </button>
          <button className="btn bare small" aria-pressed={raw} onClick={() => setRaw(true)}>
            Raw
          </button>
        </div>
      )}
      {what === 'Stack' && !raw ? (
        <Stack text={pretty} />
      ) : (
        <LongText text={raw ? text : pretty} mono lines={lines} copy="Copy it as shown" />
      )}
    </div>
  );
}

function legible(text: string): { pretty: string; what?: string } {
  const plain = stripAnsi(text);
  if (isStack(plain)) return { pretty: plain, what: 'Stack' };
  const json = prettyJSON(plain);
  if (json !== null) return { pretty: json, what: 'JSON' };
  return plain === text ? { pretty: text } : { pretty: plain, what: 'Without colors' };
}

const first = 30; // lines

function Stack({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const lines = useMemo(() => stackLines(text), [text]);
  const shown = all ? lines : lines.slice(0, first);
  return (
    <>
      <pre className="log-stack" tabIndex={0} aria-label="Stack trace">
        {shown.map((l, i) => (
          <span key={i} data-kind={l.kind}>
            {visible(l.text, 2000)}
            {'\n'}
          </span>
        ))}
      </pre>
      {lines.length > first && (
        <button className="btn bare small" onClick={() => setAll(!all)}>
          {all ? 'Show less' : `Show all ${lines.length} lines`}
        </button>
      )}
    </>
  );
}
