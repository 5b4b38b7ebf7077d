// State of the page that is in its address, but changes faster than addresses should.
import { useCallback, useEffect, useRef, useState } from 'react';
import { useUrlState } from '@/lib/search';

/** A parameter of the address that is shown at once; the address follows after a pause (ms), without an entry in the history. */
export function useQuickParam(name: string, pause = 250): [string | undefined, (value: string | undefined) => void] {
  const [search, setUrl] = useUrlState();
  const url = search[name];
  const [value, setValue] = useState(url);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (timer.current === undefined) setValue(url); // back, forward, a link
  }, [url]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = useCallback(
    (next: string | undefined) => {
      setValue(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        timer.current = undefined;
        setUrl({ [name]: next }, true);
      }, pause);
    },
    [name, pause, setUrl],
  );
  return [value, set];
}
