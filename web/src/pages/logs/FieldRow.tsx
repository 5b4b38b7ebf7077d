// A field of a record with what can be done with it: filter for, filter out, show as column, copy.
import { Columns3, Filter, FilterX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Copy } from '@/components/Copy';
import { visible } from '@/lib/foreign';
import { Content } from '@/pages/logs/Content';

export interface FieldActs {
  onFilter?: (field: string, value: string, how: 'in' | 'out') => void;
  onColumn?: (column: string) => void;
  columns?: string[];
}

interface Props extends FieldActs {
  title: string;
  value: string;
  field: string; // of the query language
  column?: string; // what it is called as a column; absent: it cannot be one
  children?: ReactNode; // in place of the text
}

const shortest = 120; // characters that need no box of their own

export function FieldRow({ title, value, field, column, children, onFilter, onColumn, columns }: Props) {
  const name = visible(title, 200);
  const on = column !== undefined && columns?.includes(column);
  return (
    <div className="log-field">
      <dt className="foreign mono">{name}</dt>
      <dd>
        {children ??
          (value.length <= shortest && !/[\n\x1b]/.test(value) ? (
            <span className="foreign mono">{visible(value) || <i className="muted">empty</i>}</span>
          ) : (
            <Content text={value} lines={12} />
          ))}
      </dd>
      <dd className="log-field-acts">
        {onFilter && (
          <button
            className="copy"
            aria-label={`Only with this ${name}`}
            title="Filter for this value"
            onClick={() => onFilter(field, value, 'in')}
          >
            <Filter aria-hidden />
          </button>
        )}
        {onFilter && (
          <button
            className="copy"
            aria-label={`Without this ${name}`}
            title="Filter out this value"
            onClick={() => onFilter(field, value, 'out')}
          >
            <FilterX aria-hidden />
          </button>
        )}
        {onColumn && column && (
          <button
            className="copy"
            aria-pressed={on}
            aria-label={`${on ? 'Do not show' : 'Show'} ${name} as a column`}
            title={on ? 'Remove this column' : 'Show as column'}
            onClick={() => onColumn(column)}
          >
            <Columns3 aria-hidden />
          </button>
        )}
        <Copy text={value} what={`Copy ${name}`} />
      </dd>
    </div>
  );
}
