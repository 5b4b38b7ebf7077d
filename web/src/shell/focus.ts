import { useEffect, useRef } from 'react';

/** After a step to another page the focus is on its title, where readers of screens begin; not where something on the page took it. */
export function useFocusOnNavigation(path: string) {
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    const content = document.getElementById('content');
    if (!content?.contains(document.activeElement) || document.activeElement === content)
      document.getElementById('title')?.focus({ preventScroll: true });
  }, [path]);
}
