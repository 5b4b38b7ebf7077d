// Writes a TypeScript file for each dashboard, in which its JSON is held to the types of @grafana/schema: the dashboard as a
// whole, and the options and custom fields of each panel by those of its plugin. tsc then says what does not fit.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const dashboards = new URL('../../deploy/grafana/dashboards/', import.meta.url);
const out = new URL('./generated/', import.meta.url);
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const raw = (plugin, name) => `import('@grafana/schema/dist/esm/raw/composable/${plugin}/panelcfg/x/${name}PanelCfg_types.gen')`;
const plugins = {
  timeseries: ['timeseries', 'TimeSeries', 'FieldConfig'],
  stat: ['stat', 'Stat'],
  gauge: ['gauge', 'Gauge'],
  bargauge: ['bargauge', 'BarGauge'],
  table: ['table', 'Table', 'FieldConfig'],
  heatmap: ['heatmap', 'Heatmap', 'FieldConfig'],
  text: ['text', 'Text'],
};

// The schema uses enums; JSON has their values.
const header = `import type { Dashboard } from '@grafana/schema';
type AsJSON<T> = T extends string ? \`\${T}\` : T extends (infer E)[] ? AsJSON<E>[] : T extends object ? { [K in keyof T]: AsJSON<T[K]> } : T;
`;

// What is left to the data source: the schema knows only what all of them have.
const own = (annotation) => {
  const { tagKeys, titleFormat, textFormat, target, ...rest } = annotation;
  const { expr, interval, ...query } = target;
  if (!expr) throw new Error(`annotation ${annotation.name} asks nothing`);
  return { ...rest, target: query };
};

let panels = 0;
for (const file of readdirSync(dashboards).filter((name) => name.endsWith('.json'))) {
  const dashboard = JSON.parse(readFileSync(new URL(file, dashboards), 'utf8'));
  dashboard.annotations.list = dashboard.annotations.list.map(own);
  let text = header + `export const dashboard: AsJSON<Dashboard> = ${JSON.stringify(dashboard, null, 1)};\n`;
  for (const panel of dashboard.panels) {
    if (panel.type === 'row') continue;
    const plugin = plugins[panel.type];
    if (!plugin) throw new Error(`${file}: no types for panels of type ${panel.type}`);
    const types = raw(plugin[0], plugin[1]);
    text += `export const options${panel.id}: AsJSON<${types}.Options> = ${JSON.stringify(panel.options)};\n`;
    const custom = panel.fieldConfig?.defaults?.custom;
    if (custom && !plugin[2]) throw new Error(`${file}: panel ${panel.id} of type ${panel.type} has no custom fields`);
    if (custom) text += `export const custom${panel.id}: AsJSON<Partial<${types}.${plugin[2]}>> = ${JSON.stringify(custom)};\n`;
    panels++;
  }
  writeFileSync(new URL(file.replace('.json', '.ts'), out), text);
}
if (panels === 0) throw new Error('there are no dashboards');
console.log(`${panels} panels`);
