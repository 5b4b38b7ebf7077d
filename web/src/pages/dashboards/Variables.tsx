// Variables of a dashboard as controls.
import { ChevronDown } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useState } from 'react';
import type { Schemas } from '@/api/client';
import { all } from './model';

type Variable = Schemas['DashboardVariable'];
type Option = Schemas['DashboardOption'];

interface Props {
  variables: Variable[];
  values: Schemas['PanelValues'][];
  onChange: (variable: Variable, values: string[]) => void;
}

const hidden = (v: Variable) => v.hide === 'all' || v.kind === 'constant' || v.kind === 'datasource';

export function Variables({ variables, values, onChange }: Props) {
  return variables
    .filter((v) => !hidden(v))
    .map((v) => {
      const found = values.find((x) => x.name === v.name);
      const change = (chosen: string[]) => onChange(v, chosen);
      const label = v.label || v.name;
      const props = {
        label,
        options: found?.options ?? v.options ?? [],
        selected: found?.selected ?? v.default ?? [],
        onChange: change,
      };
      return (
        <div key={v.name} className="variable" title={v.description}>
          {v.hide !== 'label' && (
            <span className="muted" aria-hidden>
              {label}
            </span>
          )}
          {v.kind === 'textbox' ? (
            <Textbox
              key={props.selected[0]}
              label={label}
              value={props.selected[0] ?? ''}
              onChange={(text) => change([text])}
            />
          ) : v.multi || (v.include_all && props.options.length > 30) || props.options.length > 60 ? (
            <Choose {...props} multi={v.multi ?? false} includeAll={v.include_all ?? false} />
          ) : (
            <One {...props} includeAll={v.include_all ?? false} />
          )}
        </div>
      );
    });
}

interface ControlProps {
  label: string;
  options: Option[];
  selected: string[];
  includeAll: boolean;
  onChange: (values: string[]) => void;
}

function One({ label, options, selected, includeAll, onChange }: ControlProps) {
  const value = selected[0] ?? '';
  const known = options.some((o) => o.value === value) || (value === all && includeAll);
  return (
    <select className="input" aria-label={label} value={value} onChange={(e) => onChange([e.target.value])}>
      {includeAll && <option value={all}>All</option>}
      {!known && <option value={value}>{value || '–'}</option>}
      {options
        .filter((o) => o.value !== all)
        .map((o) => (
          <option key={o.value} value={o.value}>
            {o.text}
          </option>
        ))}
    </select>
  );
}

function Textbox({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value);
  const submit = () => text !== value && onChange(text);
  return (
    <input
      className="input"
      aria-label={label}
      value={text}
      onChange={(e) => setText(e.target.value)}
      onBlur={submit}
      onKeyDown={(e) => e.key === 'Enter' && submit()}
    />
  );
}

const most = 200;

function Choose({ label, options, selected, includeAll, multi, onChange }: ControlProps & { multi: boolean }) {
  const [open, setOpen] = useState(false);
  const [find, setFind] = useState('');
  const texts = selected.map((v) => (v === all ? 'All' : (options.find((o) => o.value === v)?.text ?? v)));
  const found = options.filter((o) => o.value !== all && o.text.toLowerCase().includes(find.toLowerCase()));
  const toggle = (value: string) => {
    if (!multi || value === all) {
      if (!multi) setOpen(false);
      return onChange([value]);
    }
    const rest = selected.filter((v) => v !== all);
    const next = rest.includes(value) ? rest.filter((v) => v !== value) : [...rest, value];
    onChange(next.length > 0 ? next : includeAll ? [all] : [value]);
  };
  const item = (value: string, text: string) => (
    <label key={value} className="item">
      <input type={multi ? 'checkbox' : 'radio'} checked={selected.includes(value)} onChange={() => toggle(value)} />
      <span className="foreign-line">{text || '(empty)'}</span>
      {multi && value !== all && (
        <button
          className="btn bare small end"
          onClick={(e) => {
            e.preventDefault();
            onChange([value]);
          }}
        >
          only
        </button>
      )}
    </label>
  );
  return (
    <Popover.Root
      open={open}
      onOpenChange={(o) => {
        setOpen(o);
        setFind('');
      }}
    >
      <Popover.Trigger className="btn" aria-label={`${label}: ${texts.join(', ')}`}>
        <span className="foreign-line">{texts.length > 2 ? `${texts.length} chosen` : texts.join(', ') || '–'}</span>
        <ChevronDown aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="menu variable-menu" align="start" sideOffset={4} aria-label={label} role="dialog">
          <input
            className="input"
            placeholder="Find"
            aria-label={`Find a value of ${label}`}
            value={find}
            onChange={(e) => setFind(e.target.value)}
          />
          <div className="variable-list">
            {includeAll && find === '' && item(all, 'All')}
            {found.slice(0, most).map((o) => item(o.value, o.text))}
            {found.length > most && <p className="muted">{found.length - most} more: write a part of the name</p>}
            {found.length === 0 && (
              <p className="muted">{options.length === 0 ? 'No values in this time range' : 'None of this name'}</p>
            )}
          </div>
          {find !== '' && found.length === 0 && (
            <button className="btn small" onClick={() => toggle(find)}>
              Use “{find.slice(0, 40)}”
            </button>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
