// Links of dashboards, panels and cells: variables filled in, and only where a link may lead.
import type { Range } from '@/lib/range';
import { safeURL } from './markdown';
import { all, join, type Chosen, type DashboardLink } from './model';

export interface LinkScope {
  chosen: Chosen;
  range: Range;
  labels?: Record<string, string>;
  name?: string; // of the series
  value?: number | string | null;
  row?: Record<string, string | number | null>; // cells by column
}

const wildcard = (values: string[]) => values.map((v) => (v === all ? 'All' : v));

/** Fills variables into a text: $name, ${name}, [[name]], ${__value.raw}, ${__field.labels.x}, ${__data.fields.x}, ${__url_time_range}. */
export function fillIn(text: string, s: LinkScope, encode: (v: string) => string = (v) => v): string {
  return text.replace(
    /\$\{([^}]{1,200})\}|\$(\w+)|\[\[(\w+)(?::\w+)?\]\]/g,
    (whole: string, braced?: string, plain?: string, old?: string) => {
      const value = valueOf(braced ?? plain ?? old!, s);
      return value === undefined ? whole : value.startsWith('\u0000') ? value.slice(1) : encode(value);
    },
  );
}

function valueOf(ref: string, s: LinkScope): string | undefined {
  const text = (v: string | number | null | undefined) => (v == null ? '' : String(v));
  if (ref === '__url_time_range')
    return `\u0000from=${encodeURIComponent(s.range.from)}&to=${encodeURIComponent(s.range.to)}`;
  if (ref === '__all_variables') return `\u0000${variables(s.chosen)}`;
  if (ref === '__from') return text(s.range.from);
  if (ref === '__to') return text(s.range.to);
  if (/^__value(\.|$)/.test(ref)) return text(s.value);
  if (ref === '__series.name' || ref === '__field.name') return text(s.name);
  const label = /^__(?:field|series)\.labels(?:\.(\w+)|\["?([^"\]]+)"?\])$/.exec(ref);
  if (label) return text(s.labels?.[label[1] ?? label[2]!]);
  const cell = /^__data\.fields(?:\.(.+)|\["?([^"\]]+)"?\])$/.exec(ref);
  if (cell) return text(s.row?.[(cell[1] ?? cell[2]!).replace(/\.(text|numeric)$/, '')]);
  const [name, format] = ref.split(':');
  const values = Object.hasOwn(s.chosen, name!) ? s.chosen[name!] : undefined;
  if (!values) return undefined;
  return format === 'queryparam' ? `\u0000${variables({ [name!]: values })}` : join(wildcard(values));
}

const variables = (chosen: Chosen) =>
  Object.entries(chosen)
    .map(([name, values]) => `var-${encodeURIComponent(name)}=${encodeURIComponent(join(wildcard(values)))}`)
    .join('&');

/** Where a link leads, or null where it may not lead there. Addresses of Grafana's dashboards become ours. */
export function targetOf(
  link: Pick<DashboardLink, 'url' | 'keep_time' | 'keep_variables'>,
  s: LinkScope,
): string | null {
  const filled = safeURL(fillIn(link.url ?? '', s, encodeURIComponent));
  if (filled === null) return null;
  const url = filled.replace(/^\/d\/([\w-]+)(\/[^?#]*)?/, '/dashboards/$1');
  const more = [
    link.keep_time ? valueOf('__url_time_range', s)!.slice(1) : '',
    link.keep_variables ? variables(s.chosen) : '',
  ]
    .filter(Boolean)
    .join('&');
  if (!more) return url;
  const [path, hash] = url.split('#');
  return `${path}${path!.includes('?') ? '&' : '?'}${more}${hash === undefined ? '' : `#${hash}`}`;
}
