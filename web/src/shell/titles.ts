// What a page is called, in its header and in the title of its tab.
import { placeOf } from '@/shell/places';

export function titleOf(path: string): string {
  const [, place = '', first = '', second = ''] = path.split('/').map(decode);
  if (first !== '') {
    if (place === 'traces') return `Trace ${first.slice(0, 8)}`;
    if (place === 'r') return `Request ${first}`;
    if (place === 'sessions') return `Session ${first}`;
    if (place === 'calls') return first === 'compare' ? 'Compare calls' : `Call ${second.slice(0, 8)}`;
  }
  return placeOf(path)?.title ?? 'Telltale';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % is no reason to fail
  }
}
