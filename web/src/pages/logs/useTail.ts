// The live tail: follows, comes back by itself after the server was away, and fetches what it missed.
import { useEffect, useRef, useState } from 'react';
import { address, ApiError, get, type Failure, type Log } from '@/api/client';
import { eventReader } from '@/pages/logs/sse';
import { add, drop, emptyTail, flush, type TailState } from '@/pages/logs/tailBuffer';

export type TailStatus = 'connecting' | 'following' | 'lost';

const silence = 40_000; // ms without a heartbeat, which comes every 15 s: the connection is dead
const every = 200; // ms between two changes of the page
const history = 200; // lines from before
const pages = 5; // of a thousand, fetched after a reconnect

interface Handlers {
  logs: (logs: Log[]) => void;
  dropped: (n: number) => void;
  status: (s: TailStatus, error: ApiError | null) => void;
}

export interface Tail {
  state: TailState;
  status: TailStatus;
  error: ApiError | null; // why the server refuses
  paused: boolean;
  setPaused: (paused: boolean) => void;
}

export function useTail(q: string): Tail {
  const [state, setState] = useState(emptyTail);
  const [connection, setConnection] = useState<{ status: TailStatus; error: ApiError | null }>({
    status: 'connecting',
    error: null,
  });
  const [paused, setPausedState] = useState(false);
  const isPaused = useRef(false);
  const setPaused = (p: boolean) => {
    isPaused.current = p;
    setPausedState(p);
    if (!p) setState(flush);
  };
  useEffect(() => {
    const stop = new AbortController();
    let pending: Log[] = [],
      gone = 0;
    setState(emptyTail);
    const timer = setInterval(() => {
      if (pending.length === 0 && gone === 0) return;
      const logs = pending,
        n = gone;
      pending = [];
      gone = 0;
      setState((s) => drop(add(s, logs, isPaused.current), n));
    }, every);
    void follow(q, stop.signal, {
      logs: (logs) => {
        pending = pending.concat(logs);
      },
      dropped: (n) => {
        gone += n;
      },
      status: (status, error) => {
        if (!stop.signal.aborted) setConnection({ status, error });
      },
    });
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [q]);
  return { state, ...connection, paused, setPaused };
}

async function follow(q: string, stop: AbortSignal, on: Handlers) {
  let last: string | undefined; // moment of the latest log
  let seen = false;
  const tell = (logs: Log[]) => {
    for (const l of logs) if (last === undefined || l.time > last) last = l.time;
    on.logs(logs);
  };
  for (let attempt = 0; !stop.aborted; attempt++) {
    if (attempt > 0) await wait(Math.min(5000, 300 * 2 ** attempt), stop);
    if (stop.aborted) return;
    try {
      await once(
        q,
        stop,
        {
          ...on,
          logs: tell,
          status: (s, e) => {
            on.status(s, e);
            attempt = 0;
          },
        },
        () =>
          missed(q, seen ? last : undefined, stop).then((logs) => {
            seen = true;
            tell(logs);
          }),
      );
      on.status('lost', null);
    } catch (e) {
      if (stop.aborted) return;
      const refused = e instanceof ApiError ? e : null;
      on.status('lost', refused);
      if (refused && refused.status === 400) return; // the query is wrong: it will not become right
    }
  }
}

// once follows until the connection ends. What was there before is asked for as soon as it stands.
async function once(q: string, stop: AbortSignal, on: Handlers, fetchMissed: () => Promise<void>) {
  const broken = new AbortController();
  const signal = AbortSignal.any([stop, broken.signal]);
  let timer = setTimeout(() => broken.abort(), silence);
  try {
    const response = await fetch(address('/api/v1/tail', { query: { signal: 'logs', q } }), { signal });
    if (!response.ok || !response.body) throw await refusal(response);
    on.status('following', null);
    await fetchMissed();
    const read = eventReader(({ event, data }) => {
      if (event === 'log') on.logs([JSON.parse(data) as Log]);
      else if (event === 'dropped') on.dropped((JSON.parse(data) as { dropped: number }).dropped);
    });
    const text = new TextDecoder();
    const stream = response.body.getReader();
    for (;;) {
      const { done, value } = await stream.read();
      if (done) return;
      clearTimeout(timer);
      timer = setTimeout(() => broken.abort(), silence);
      read(text.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}

// missed is what came before the first connection, or between two.
async function missed(q: string, since: string | undefined, signal: AbortSignal): Promise<Log[]> {
  if (since === undefined) return (await get('/api/v1/logs', { query: { q, limit: history } }, signal)).logs.reverse();
  const out: Log[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pages; page++) {
    const answer = await get(
      '/api/v1/logs',
      { query: { q, from: since, order: 'oldest', limit: 1000, cursor } },
      signal,
    );
    out.push(...answer.logs);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return out;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as Failure;
    return new ApiError(error.message, response.status, error.hint, error.parameter, error.position);
  } catch {
    return new ApiError(`The server answered ${response.status}.`, response.status);
  }
}

function wait(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    stop.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
