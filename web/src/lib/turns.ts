// Questions one after the other: what is read first has the server, and the thread, to itself.
import { useEffect, useState } from 'react';

const patience = 1_500; // ms

/** A value, once its turn has come; until then the one before. Its turn comes when what goes first is done and painted, or takes too long. */
export function useTurn<T>(value: T, done: boolean, before: T): T {
  const [shown, setShown] = useState(before);
  useEffect(() => {
    if (Object.is(shown, value)) return;
    const timer = setTimeout(() => setShown(value), done ? 0 : patience);
    return () => clearTimeout(timer);
  }, [shown, value, done]);
  return shown;
}
