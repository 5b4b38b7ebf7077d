// Asks for a trace, and goes on asking while it may grow.
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { get, type Trace } from '@/api/client';
import { buildTree, type TraceTree } from './tree';

const young = 60_000; // ms after its last record in which more may come
const again = 3_000; // ms

/** A trace and its tree. The tree is the same object until the trace has changed. */
export function useTrace(id: string) {
  const last = useRef<Trace | null>(null);
  const [opened] = useState(() => performance.now());
  const query = useQuery({
    queryKey: ['trace', id],
    queryFn: async ({ signal }) => {
      const trace = await get('/api/v1/traces/{trace}', { path: { trace: id } }, signal);
      performance.mark('trace-data');
      const old = last.current;
      if (
        old &&
        old.trace_id === trace.trace_id &&
        old.spans.length === trace.spans.length &&
        old.logs.length === trace.logs.length
      )
        return old;
      last.current = trace;
      return trace;
    },
    structuralSharing: false, // comparing 30,000 spans takes longer than drawing them
    staleTime: 30_000,
    gcTime: 60_000,
    refetchOnWindowFocus: false,
    refetchInterval: (q) => (q.state.status === 'error' || (q.state.data && mayGrow(q.state.data)) ? again : false),
  });
  const tree = useMemo(() => (query.data ? measured('trace-tree', () => buildTree(query.data)) : null), [query.data]);
  return { query, tree, trace: query.data, opened };
}

function mayGrow(trace: Trace): boolean {
  const end = Date.parse(trace.summary.start) + trace.summary.duration_ns / 1e6;
  return Date.now() - end < young;
}

function measured<T>(name: string, run: () => T): T {
  const from = performance.now();
  const result = run();
  performance.measure(name, { start: from, end: performance.now() });
  return result;
}

/** Whether the first rows are on the screen: what they do without comes after them.
 * Writes performance measure trace-open: from the answer, read, or from the opening where it was at hand, to the rows. */
export function usePainted(tree: TraceTree, opened: number): boolean {
  const [painted, setPainted] = useState(false);
  useEffect(() => {
    if (painted) return;
    // the frame that shows the rows is drawn after this callback; a message comes after the drawing
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const read = performance.getEntriesByName('trace-data', 'mark').at(-1)?.startTime ?? 0;
      performance.measure('trace-open', {
        start: Math.max(read, opened),
        end: performance.now(),
        detail: { spans: tree.count },
      });
      setPainted(true);
    };
    const frame = requestAnimationFrame(() => port2.postMessage(null));
    return () => {
      cancelAnimationFrame(frame);
      port1.close();
    };
  }, [painted, opened, tree]);
  return painted;
}
