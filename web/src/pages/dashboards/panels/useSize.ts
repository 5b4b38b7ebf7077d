import { useLayoutEffect, useRef, useState } from 'react';

/** The size of an element, in px. It is 0 before it is known. */
export function useSize<E extends HTMLElement>() {
  const ref = useRef<E>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const el = ref.current!;
    const read = () => {
      const width = Math.floor(el.clientWidth),
        height = Math.floor(el.clientHeight);
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    read();
    const watch = new ResizeObserver(read);
    watch.observe(el);
    return () => watch.disconnect();
  }, []);
  return [ref, size] as const;
}
