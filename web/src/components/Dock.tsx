// Details beside what they belong to.
import { X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useKeys } from '@/lib/keys';

const key = 'telltale.dock';
const least = 320;

function remembered(): number {
  try {
    const n = Number(localStorage.getItem(key));
    return n >= least ? n : 460;
  } catch {
    return 460; // storage may be forbidden
  }
}

function remember(width: number) {
  try {
    localStorage.setItem(key, String(width));
  } catch {
    // then it holds for this page
  }
}

/** A panel docked to the right, of a width that is remembered. Esc closes it. */
export function Dock({
  title,
  actions,
  onClose,
  children,
}: {
  title: ReactNode;
  actions?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}) {
  const [width, setWidth] = useState(remembered);
  const box = useRef<HTMLElement>(null);
  useKeys({ Escape: onClose });
  useEffect(() => remember(width), [width]);
  const most = () => Math.max(least, innerWidth - 420);
  const grow = (by: number) => setWidth((w) => Math.min(most(), Math.max(least, w + by)));
  return (
    <aside
      className="dock"
      aria-label="Details"
      ref={box}
      style={{ ['--dock' as string]: `${Math.min(width, most())}px` }}
    >
      <button
        className="grip"
        aria-label="Width of the details: arrow keys change it"
        onPointerDown={(e) => e.currentTarget.setPointerCapture(e.pointerId)}
        onPointerMove={(e) =>
          e.currentTarget.hasPointerCapture(e.pointerId) && grow(box.current!.getBoundingClientRect().left - e.clientX)
        }
        onKeyDown={(e) => (e.key === 'ArrowLeft' ? grow(24) : e.key === 'ArrowRight' ? grow(-24) : undefined)}
      />
      <header>
        <h2 className="foreign-line">{title}</h2>
        {actions}
        <button className="btn bare" onClick={onClose} aria-label="Close the details" title="Esc">
          <X aria-hidden />
        </button>
      </header>
      <div className="body" tabIndex={0}>
        {children}
      </div>
    </aside>
  );
}
