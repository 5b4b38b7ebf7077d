// Text from outside, of any length: cut at first, whole on demand, in blocks of which only those in sight are laid out.
import { useMemo, useState, type ReactNode } from 'react';
import { Copy } from '@/components/Copy';
import { bytes } from '@/lib/format';
import { hasOdd, visible } from '@/lib/foreign';
import { blocks, head } from '@/components/longText';
import '@/components/longText.css';

export interface LongTextProps {
  text: string;
  mono?: boolean;
  most?: number; // characters shown at first
  lines?: number; // lines shown at first
  copy?: string | false; // what the copy button says; false: none
}

export function LongText({ text, mono, most = 4000, lines = 40, copy = 'Copy the text' }: LongTextProps) {
  const [whole, setWhole] = useState(false);
  const short = useMemo(() => head(text, most, lines), [text, most, lines]);
  const cut = short.length < text.length;
  const shown = useMemo(() => (whole && cut ? blocks(text) : [short]), [whole, cut, text, short]);
  const odd = useMemo(() => hasOdd(whole ? text : short), [whole, text, short]);
  const big = whole && text.length > 20_000;
  return (
    <div className={mono ? 'longtext mono' : 'longtext'}>
      <div
        className={big ? 'longtext-blocks big' : 'longtext-blocks'}
        tabIndex={big ? 0 : undefined}
        role={big ? 'group' : undefined}
        aria-label={big ? 'The whole text' : undefined}
      >
        {shown.map((b, i) => (
          <Block key={i} text={b} />
        ))}
      </div>
      {cut && (
        <button className="longtext-more" onClick={() => setWhole(!whole)} aria-expanded={whole}>
          {whole ? 'Show less' : `Show all (${bytes(size(text))})`}
        </button>
      )}
      {odd && (
        <span
          className="longtext-note"
          title="Control and direction characters are written out, so that nothing is hidden or out of order"
        >
          with invisible characters, written out
        </span>
      )}
      {copy !== false && (
        <span className="longtext-copy">
          <Copy text={text} what={copy} />
        </span>
      )}
    </div>
  );
}

// size is about the bytes of UTF-8; of long texts it is estimated by their beginning.
function size(text: string): number {
  if (text.length <= 1 << 20) return new Blob([text]).size;
  const part = text.slice(0, 1 << 16);
  return Math.round((new Blob([part]).size / part.length) * text.length);
}

function Block({ text }: { text: string }) {
  return (
    <div className="longtext-block foreign" dir="auto">
      {marked(visible(text))}
    </div>
  );
}

const marks = /(\[redacted:[a-z0-9_]{1,32}\]|…\[cut \d{1,19} bytes\])/;

/** A text with its redactions and cuts marked. */
export function marked(text: string): ReactNode {
  if (!marks.test(text)) return text;
  return text.split(marks).map((piece, i) => {
    if (i % 2 === 0) return piece;
    return piece.startsWith('[') ? (
      <mark
        key={i}
        className="redacted"
        title={`Taken out before it was stored: ${piece.slice(10, -1).replaceAll('_', ' ')}`}
      >
        {piece.slice(1, -1)}
      </mark>
    ) : (
      <mark
        key={i}
        className="redacted"
        title="Cut when it was captured: gateway.max_content and the limits of the SDK say how much is kept"
      >
        {piece}
      </mark>
    );
  });
}
