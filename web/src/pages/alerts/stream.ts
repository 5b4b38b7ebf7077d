// Server-sent events, read from the answer to a POST.
import { ApiError } from '@/api/client';
import type { Failure, Schemas } from '@/api/client';

export interface ServerEvent {
  name: string;
  data: string;
}

/** Takes whole events off the front of a text; rest is what has not ended yet. */
export function readEvents(text: string): { events: ServerEvent[]; rest: string } {
  const parts = text.replace(/\r\n?/g, '\n').split('\n\n');
  const rest = parts.pop() ?? '';
  const events: ServerEvent[] = [];
  for (const part of parts) {
    let name = 'message';
    const data: string[] = [];
    for (const line of part.split('\n')) {
      if (line.startsWith('event:')) name = line.slice(6).trim();
      else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    }
    if (data.length > 0) events.push({ name, data: data.join('\n') });
  }
  return { events, rest };
}

/** Replays a file of rules over the stored history. */
export async function replayRules(
  text: string,
  range: { from: string; to: string },
  step: string,
  progress: (p: Schemas['ReplayProgress']) => void,
  signal: AbortSignal,
): Promise<Schemas['RuleReplay']> {
  const query = new URLSearchParams({ ...range, ...(step ? { step } : {}) });
  let response: Response;
  try {
    response = await fetch(`/api/v1/rules/replay?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/yaml' },
      body: text,
      signal,
    });
  } catch (e) {
    if (signal.aborted) throw e;
    throw new ApiError('The server does not answer.', 0, 'Is it running? Try again when it is back.');
  }
  if (!response.ok || !response.body) {
    const answer = (await response.json().catch(() => null)) as Failure | null;
    throw new ApiError(
      answer?.error.message ?? `The server answered ${response.status}.`,
      response.status,
      answer?.error.hint,
    );
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const { done, value } = await reader.read();
    const { events, rest } = readEvents(pending + (value ?? '') + (done ? '\n\n' : ''));
    pending = rest;
    for (const e of events) {
      if (e.name === 'progress') progress(JSON.parse(e.data) as Schemas['ReplayProgress']);
      if (e.name === 'replay') return JSON.parse(e.data) as Schemas['RuleReplay'];
      if (e.name === 'failed') {
        const { error } = JSON.parse(e.data) as Failure;
        throw new ApiError(error.message, 422, error.hint);
      }
    }
    if (done)
      throw new ApiError('The server ended the replay without an answer.', 0, 'It may be restarting: try again.');
  }
}
