// What is kept of a call beside its messages, in events of its span: pictures, and request and answer as they were.
import { createContext } from 'react';
import type { Span } from '@/api/client';

const types = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** Pictures as data: URIs by the id that parts of messages have. Never SVG or HTML, whatever an event says. */
export function picturesOf(span: Pick<Span, 'events'>): Map<string, string> {
  const out = new Map<string, string>();
  for (const e of span.events ?? []) {
    if (e.name !== 'telltale.attachment' || !e.attributes) continue;
    const {
      'telltale.attachment.id': id,
      'telltale.attachment.type': type,
      'telltale.attachment.content': content,
    } = e.attributes;
    if (id && content && types.has(type ?? '') && /^[A-Za-z0-9+/]+={0,2}$/.test(content))
      out.set(id, `data:${type};base64,${content}`);
  }
  return out;
}

export const Pictures = createContext<ReadonlyMap<string, string>>(new Map());

export interface Body {
  text?: string;
  headers: Record<string, string>; // names without the prefix of the attribute
  status?: string;
}

/** The request or the answer of a call through the gateway as it was. */
export function bodyOf(span: Pick<Span, 'events'>, side: 'request' | 'response'): Body | undefined {
  const attributes = span.events?.find((e) => e.name === `telltale.${side}`)?.attributes;
  if (!attributes) return undefined;
  const prefix = `http.${side}.header.`;
  const headers = Object.fromEntries(
    Object.entries(attributes)
      .filter(([k]) => k.startsWith(prefix))
      .map(([k, v]) => [k.slice(prefix.length), v]),
  );
  return { text: attributes[`telltale.${side}.body`], headers, status: attributes['http.response.status_code'] };
}

/** Whether an event holds what is shown elsewhere. */
export const isCaptured = (name: string): boolean =>
  name === 'telltale.request' || name === 'telltale.response' || name === 'telltale.attachment';
