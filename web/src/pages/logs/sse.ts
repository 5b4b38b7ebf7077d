// Server-sent events out of a stream. EventSource would do the reading, but it hides why a server refuses.

export interface ServerEvent {
  event: string;
  data: string;
}

/** Reads events from pieces of text as they come; a piece may end anywhere. */
export function eventReader(onEvent: (e: ServerEvent) => void): (piece: string) => void {
  let rest = '',
    event = '',
    data: string[] = [];
  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return; // a comment: heartbeat
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (name === 'event') event = value;
    else if (name === 'data') data.push(value);
  };
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    for (const l of lines) line(l.endsWith('\r') ? l.slice(0, -1) : l);
  };
}
