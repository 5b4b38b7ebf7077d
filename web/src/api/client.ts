// The API of the server. Types come from its OpenAPI document.
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import { ApiError, getJSON } from './http';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Span = Schemas['Span'];
export type Log = Schemas['Log'];
export type GenAI = Schemas['GenAI'];
export type Trace = Schemas['Trace'];
export type Failure = Schemas['Failure'];

export { ApiError, getJSON } from './http';

type Method = 'get' | 'put' | 'post' | 'delete';
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer T } } } } ? T : never;
type Parameters<O> = O extends { parameters: infer P }
  ? Pick<P, Extract<keyof P, 'query' | 'path'>>
  : Record<string, never>;

/** GET of a path of the API. Empty parameters are left out. */
export async function get<P extends keyof paths>(
  path: P,
  params?: Parameters<Operation<P, 'get'>>,
  signal?: AbortSignal,
): Promise<Answer<Operation<P, 'get'>>> {
  return send('GET', path, params, undefined, signal) as Promise<Answer<Operation<P, 'get'>>>;
}

/** POST, PUT or DELETE. A text goes as it is, anything else as JSON. */
export async function write<P extends keyof paths, M extends 'put' | 'post' | 'delete'>(
  method: M,
  path: P,
  params?: Parameters<Operation<P, M>>,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer<Operation<P, M>>> {
  return send(method.toUpperCase(), path, params, body, signal) as Promise<Answer<Operation<P, M>>>;
}

type Value = string | number | boolean | undefined | null;

interface Params {
  query?: Record<string, Value>;
  path?: Record<string, Value>;
}

async function send(
  method: string,
  path: string,
  params: Params | undefined,
  body: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  return getJSON(address(path, params), {
    method,
    signal,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    headers: body === undefined ? undefined : { 'Content-Type': 'application/json' },
  });
}

/** The address of a path with its parameters, for links to downloads as well. */
export function address(path: string, params?: Params): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params?.path?.[name] ?? '')),
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params?.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** Options for useQuery of a GET; while another question is asked the last answer stays. */
export function ask<P extends keyof paths>(
  path: P,
  params?: Parameters<Operation<P, 'get'>>,
  options?: { refresh?: number | false; enabled?: boolean },
) {
  return queryOptions({
    queryKey: [path, params] as const,
    queryFn: ({ signal }) => get(path, params, signal),
    placeholderData: keepPreviousData,
    refetchInterval: options?.refresh ?? false,
    enabled: options?.enabled ?? true,
  });
}

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      networkMode: 'always', // the server may be on this machine, whatever the network does
      refetchOnWindowFocus: true,
      // What was refused will be refused again; what could not be reached is tried until it is there.
      retry: (failures, error) =>
        (error instanceof ApiError && error.status === 0) ||
        (error instanceof ApiError && [429, 502, 503, 504].includes(error.status) && failures < 5),
      retryDelay: (attempt) => Math.min(5_000, 500 * 2 ** attempt),
    },
  },
});
