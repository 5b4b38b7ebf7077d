// The theme: as the system has it, unless the reader chose one; a theme in the address goes before both.
import { useSyncExternalStore } from 'react';

export type Theme = 'dark' | 'light';

const key = 'telltale.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

const valid = (t: unknown): t is Theme => t === 'dark' || t === 'light';

function stored(): Theme | null {
  try {
    const t = localStorage.getItem(key);
    return valid(t) ? t : null;
  } catch {
    return null; // storage may be forbidden
  }
}

function wanted(): Theme {
  const asked = new URLSearchParams(location.search).get('theme');
  if (valid(asked)) return asked;
  return stored() ?? (system.matches ? 'dark' : 'light');
}

function apply(theme: Theme) {
  if (document.documentElement.dataset.theme === theme) return;
  document.documentElement.dataset.theme = theme;
  listeners.forEach((tell) => tell());
}

export function startTheme() {
  apply(wanted());
  system.addEventListener('change', () => apply(wanted()));
  addEventListener('popstate', () => apply(wanted()));
  addEventListener('storage', () => apply(wanted())); // another tab chose
}

/** Applies the theme that the address asks for now. */
export const followTheme = () => apply(wanted());

/** Remembers a choice. */
export function chooseTheme(theme: Theme) {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // then it holds for this page
  }
  apply(theme);
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => document.documentElement.dataset.theme as Theme,
  );
}

/** The value of a color of the theme, for canvases. */
export const color = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
