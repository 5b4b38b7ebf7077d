// Asks for the numbers before the code of the page is there. The document loads it beside the rest, and it waits for nothing else.
import { defaultRange } from '@/lib/range';
import { beginNumbers } from './questions';

const search = new URLSearchParams(location.search);
beginNumbers({ from: search.get('from') || defaultRange.from, to: search.get('to') || defaultRange.to });
