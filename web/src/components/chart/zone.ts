// Times in another zone than that of the browser.
import uPlot from 'uplot';

const utc = /^(utc|etc\/utc|gmt)$/i;

/** The name of a zone as Intl reads it; undefined is that of the browser, also where the name is unknown. */
export function zoneOf(name: string | undefined): string | undefined {
  if (!name || name === 'browser') return undefined;
  if (utc.test(name)) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name;
  } catch {
    return undefined;
  }
}

/** A date whose getters for local time say that of the zone. */
export function inZone(ms: number, zone: string | undefined): Date {
  return zone ? uPlot.tzDate(new Date(ms), zone) : new Date(ms);
}
