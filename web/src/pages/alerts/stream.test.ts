import { expect, it } from 'vitest';
import { readEvents } from './stream';

it('reads whole events and keeps the rest', () => {
  expect(
    readEvents(
      'event: progress\ndata: {"done":1}\n\n: heartbeat\n\nevent: replay\ndata: {"a":\ndata: 1}\n\nevent: half',
    ),
  ).toEqual({
    events: [
      { name: 'progress', data: '{"done":1}' },
      { name: 'replay', data: '{"a":\n1}' },
    ],
    rest: 'event: half',
  });
  expect(readEvents('event: x\r\ndata: y\r\n\r\n').events).toEqual([{ name: 'x', data: 'y' }]);
});
