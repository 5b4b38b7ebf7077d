// What every page knows of the server: whether it answers, and what fires.
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ask, type Schemas } from '@/api/client';

export type StatusQuery = UseQueryResult<Schemas['StatusReport']>;

const asked = 10_000; // ms between two questions
const askedWhileLost = 2_000;

export function useStatus(): StatusQuery {
  return useQuery({
    ...ask('/api/v1/status'),
    refetchInterval: (q) => (q.state.status === 'error' ? askedWhileLost : asked),
    retryDelay: askedWhileLost / 2,
  });
}

export const useAlerts = () => useQuery(ask('/api/v1/alerts', undefined, { refresh: asked }));

/** How many alerts fire that people are told of. */
export const loud = (alerts: Schemas['AlertList'] | undefined): number =>
  Math.max(0, (alerts?.firing ?? 0) - (alerts?.silenced ?? 0) - (alerts?.inhibited ?? 0));

/** Whether the server does not answer. One failure is enough: whoever looks wants to know at once. */
export const isLost = (status: StatusQuery): boolean => status.failureCount > 0;

/** Asks again what failed, once the server is back. */
export function useRecovery(status: StatusQuery) {
  const client = useQueryClient();
  const lost = isLost(status);
  const was = useRef(false);
  useEffect(() => {
    if (was.current && !lost)
      void client.refetchQueries({ predicate: (q) => q.state.status === 'error' || q.state.fetchFailureCount > 0 });
    was.current = lost;
  }, [lost, client]);
}
