// The API of the server. Types come from its OpenAPI document.
import { keepPreviousData, QueryClient, queryOptions } from '@tanstack/react-query';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Span = Schemas['Span'];
export type Log = Schemas['Log'];
export type GenAI = Schemas['GenAI'];
export type Trace = Schemas['Trace'];
export type Failure = Schemas['Failure'];

/** What the server refused, or that it could not be reached: always with what to do. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number, // 0 where there was no answer
    readonly hint?: string,
    readonly parameter?: string,
    readonly position?: number, // of a mistake in that parameter, in characters from 0
  ) {
    super(message);
  }
}

type Method = 'get' | 'put' | 'post' | 'delete';
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer T } } } } ? T : never;
type Parameters<O> = O extends { parameters: infer P } ? Pick<P, Extract<keyof P, 'query' | 'path'>> : Record<string, never>;

/** GET of a path of the API. Empty parameters are left out. */
export async function get<P extends keyof paths>(path: P, params?: Parameters<Operation<P, 'get'>>, signal?: AbortSignal): Promise<Answer<Operation<P, 'get'>>> {
  return send('GET', path, params, undefined, signal) as Promise<Answer<Operation<P, 'get'>>>;
}

/** POST, PUT or DELETE. A text goes as it is, anything else as JSON. */
export async function write<P extends keyof paths, M extends 'put' | 'post' | 'delete'>(
  method: M, path: P, params?: Parameters<Operation<P, M>>, body?: unknown, signal?: AbortSignal,
): Promise<Answer<Operation<P, M>>> {
  return send(method.toUpperCase(), path, params, body, signal) as Promise<Answer<Operation<P, M>>>;
}

type Value = string | number | boolean | undefined | null;

interface Params {
  query?: Record<string, Value>;
  path?: Record<string, Value>;
}

async function send(method: string, path: string, params: Params | undefined, body: unknown, signal?: AbortSignal): Promise<unknown> {
  return getJSON(address(path, params), {
    method,
    signal,
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    headers: body === undefined ? undefined : { 'Content-Type': 'application/json' },
  });
}

/** The address of a path with its parameters, for links to downloads as well. */
export function address(path: string, params?: Params): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params?.path?.[name] ?? '')));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params?.query ?? {})) {
    if (value !== undefined && value !== null && value !== '') query.set(name, String(value));
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

const unreachable = () => new ApiError('The server does not answer.', 0, 'Is it running? This page goes on by itself as soon as it is back.');

function failure(answer: unknown, status: number): ApiError {
  // Ours is {error: {…}}; Prometheus says {error: text}, Alertmanager a text alone.
  const error = (answer as { error?: Failure['error'] | string; message?: string } | undefined)?.error;
  if (typeof error === 'object') return new ApiError(error.message, status, error.hint, error.parameter, error.position);
  const text = error ?? (typeof answer === 'string' ? answer : (answer as { message?: string } | undefined)?.message);
  return new ApiError(text ? text.slice(0, 500) : `The server answered ${status}.`, status);
}

/** Fetches JSON of any address of the server; those of Prometheus and Alertmanager are not in our OpenAPI document. */
export async function getJSON<T>(path: string, init?: RequestInit): Promise<T> {
  let response: Response, text: string;
  try {
    response = await fetch(path, init);
    text = await response.text();
  } catch (e) {
    if (init?.signal?.aborted) throw e;
    throw unreachable();
  }
  let answer: unknown;
  try {
    answer = text === '' ? undefined : JSON.parse(text);
  } catch {
    answer = text;
  }
  if (!response.ok) throw failure(answer, response.status);
  if (typeof answer === 'string' && !text.startsWith('"')) throw new ApiError('The answer is not what the server writes.', response.status, 'Something between this page and the server answers in its place: a proxy, or a page to log in. Open the address anew.');
  return answer as T;
}

/** Options for useQuery of a GET; while another question is asked the last answer stays. */
export function ask<P extends keyof paths>(path: P, params?: Parameters<Operation<P, 'get'>>, options?: { refresh?: number | false; enabled?: boolean }) {
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
      retry: (failures, error) => (error instanceof ApiError && error.status === 0) || (error instanceof ApiError && [429, 502, 503, 504].includes(error.status) && failures < 5),
      retryDelay: (attempt) => Math.min(5_000, 500 * 2 ** attempt),
    },
  },
});
