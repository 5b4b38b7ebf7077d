import { Check, Copy as CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';

/** A button that copies a text. */
export function Copy({ text, what = 'Copy' }: { text: string; what?: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1500);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (e: React.MouseEvent) => {
    e.preventDefault();
    e.stopPropagation();
    setCopied(await toClipboard(text));
  };
  return (
    <button
      className="copy"
      aria-label={copied ? 'Copied' : what}
      title={copied ? 'Copied' : what}
      onClick={(e) => void copy(e)}
    >
      {copied ? <Check aria-hidden /> : <CopyIcon aria-hidden />}
    </button>
  );
}

/** Writes to the clipboard, also where the page came over plain HTTP from another machine. */
export async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** A command to be copied. */
export function Snippet({ text }: { text: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0}>{text}</pre>
      <span className="btn bare">
        <Copy text={text} what="Copy the command" />
      </span>
    </div>
  );
}
