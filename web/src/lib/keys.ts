// Keys of pages. They work wherever the focus is, but not while somebody types.
import { useEffect, useRef } from 'react';

export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'input:not([type=checkbox],[type=radio]), textarea, select, [contenteditable=""], [contenteditable=true]',
    ) !== null
  );
}

/** Calls the function of a key. Names are those of KeyboardEvent.key, with mod+ for Ctrl or ⌘. Keys with mod+ work while typing, and all but these stay still while a dialog is open. */
export function useKeys(keys: Record<string, (e: KeyboardEvent) => void>, options?: { enabled?: boolean }) {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  const enabled = options?.enabled ?? true;
  useEffect(() => {
    if (!enabled) return;
    const onKey = (e: KeyboardEvent) => {
      if (e.defaultPrevented || e.altKey) return;
      const mod = e.ctrlKey || e.metaKey;
      const name = mod ? `mod+${e.key.toLowerCase()}` : e.key;
      const act = latest.current[name];
      if (!act) return;
      if (!mod && (isTyping(e.target) || document.querySelector('[role=dialog], [role=menu]'))) return;
      e.preventDefault();
      act(e);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [enabled]);
}
