import { expect, test } from 'vitest';
import { bodyOf, picturesOf } from './captured';

const event = (name: string, attributes: Record<string, string>) => ({
  time: '2026-01-01T00:00:00Z',
  name,
  attributes,
});
const picture = (id: string, type: string, content: string) =>
  event('telltale.attachment', {
    'telltale.attachment.id': id,
    'telltale.attachment.type': type,
    'telltale.attachment.content': content,
  });

test('pictures of types that run nothing', () => {
  const events = [
    picture('a', 'image/png', 'iVBORw0KGgo='),
    picture('b', 'image/svg+xml', 'PHN2Zz4='),
    picture('c', 'text/html', 'PGI+'),
    picture('d', 'image/png', '"><script>'),
    event('other', {}),
  ];
  expect([...picturesOf({ events })]).toEqual([['a', 'data:image/png;base64,iVBORw0KGgo=']]);
  expect(picturesOf({}).size).toBe(0);
});

test('bodies with their headers', () => {
  const events = [
    event('telltale.response', {
      'telltale.response.body': '{}',
      'http.response.header.retry-after': '3',
      'http.response.status_code': '429',
      other: 'x',
    }),
  ];
  expect(bodyOf({ events }, 'response')).toEqual({ text: '{}', headers: { 'retry-after': '3' }, status: '429' });
  expect(bodyOf({ events }, 'request')).toBeUndefined();
});
