import { useState } from 'react';

/** The latest value, but while somebody points at or has the focus in what shows it, the value of when that began:
 * rows stay where they are read. The props belong to the element. */
export function useHeld<T>(latest: T): {
  value: T;
  held: boolean;
  hold: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (e: React.FocusEvent) => void;
  };
} {
  const [kept, setKept] = useState<{ value: T } | null>(null);
  const keep = () => setKept((k) => k ?? { value: latest });
  const release = () => setKept(null);
  return {
    value: kept ? kept.value : latest,
    held: kept !== null,
    hold: {
      onPointerEnter: keep,
      onPointerLeave: release,
      onFocus: keep,
      onBlur: (e) => !e.currentTarget.contains(e.relatedTarget) && release(),
    },
  };
}
