// JSON over HTTP, and what is said where that fails.
import type { components } from './schema';

type Failure = components['schemas']['Failure'];

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

const unreachable = () =>
  new ApiError('The server does not answer.', 0, 'Is it running? This page goes on by itself as soon as it is back.');

function failure(answer: unknown, status: number): ApiError {
  // Ours is {error: {…}}; Prometheus says {error: text}, Alertmanager a text alone.
  const error = (answer as { error?: Failure['error'] | string; message?: string } | undefined)?.error;
  if (typeof error === 'object')
    return new ApiError(error.message, status, error.hint, error.parameter, error.position);
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
  if (typeof answer === 'string' && !text.startsWith('"'))
    throw new ApiError(
      'The answer is not what the server writes.',
      response.status,
      'Something between this page and the server answers in its place: a proxy, or a page to log in. Open the address anew.',
    );
  return answer as T;
}
