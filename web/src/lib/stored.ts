// What the reader chose and this browser remembers.
import { useCallback, useState } from 'react';

function read<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise; // storage may be forbidden, or hold what an older version wrote
  }
}

/** State that outlives the page. */
export function useStored<T>(key: string, otherwise: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => read(key, otherwise));
  const set = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // then it holds for this page
      }
    },
    [key],
  );
  return [value, set];
}
