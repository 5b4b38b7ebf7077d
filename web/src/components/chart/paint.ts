// Colors of canvases, which want values where the page takes variables.
import { color } from '@/lib/theme';

/** A color for a canvas. */
export const paint = (name: string): string => (name.startsWith('--') ? color(name) : name);
