// The query language, with completion and the place of a mistake.
import { useQuery } from '@tanstack/react-query';
import { Search as SearchIcon } from 'lucide-react';
import { useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { ask, type ApiError, type Schemas } from '@/api/client';
import { isMistake } from '@/components/ErrorNote';
import { useKeys } from '@/lib/keys';
import { useRange } from '@/lib/search';
import '@/components/query.css';

interface Props {
  value: string; // the query that is in force
  onChange: (query: string) => void; // Enter, or a suggestion that ends a condition
  error?: unknown; // what the server said of it
  placeholder?: string;
}

export function QueryInput({
  value,
  onChange,
  error,
  placeholder = 'Filter, such as model:gpt-4o status:error',
}: Props) {
  const [text, setText] = useState(value);
  const [caret, setCaret] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [pick, setPick] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  const [range] = useRange();
  const id = useId();
  useEffect(() => {
    setText(value);
    setCaret(value.length);
  }, [value]);
  useKeys({ '/': () => input.current?.focus() });

  const asked = useDeferredValue({ q: text, caret });
  const completion = useQuery({
    ...ask(
      '/api/v1/complete',
      { query: { q: asked.q, cursor: characters(asked.q, asked.caret), ...range } },
      { enabled: open },
    ),
    retry: false,
    staleTime: 10_000,
  });
  const suggestions = open ? (completion.data?.suggestions ?? []) : [];
  const failed = isMistake(error) && text === value ? (error as ApiError) : null;

  const take = (s: Schemas['Suggestion']) => {
    const { start, end } = completion.data!;
    const letters = [...text];
    const before = letters.slice(0, start).join('') + s.text;
    const next = before + letters.slice(end).join('');
    // At once, before the next key is typed.
    flushSync(() => {
      setText(next);
      setCaret(before.length);
      setPick(-1);
    });
    input.current?.setSelectionRange(before.length, before.length);
  };
  const submit = () => {
    setOpen(false);
    setPick(-1);
    onChange(text.trim());
  };
  const onKeyDown = (e: React.KeyboardEvent) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      if (!open) setOpen(true);
      else if (e.key === 'ArrowDown') setPick((pick + 1) % Math.max(1, suggestions.length));
      else setPick((pick > 0 ? pick : suggestions.length) - 1);
    } else if (e.key === 'Enter') {
      if (pick >= 0 && suggestions[pick]) take(suggestions[pick]);
      else submit();
    } else if (e.key === 'Tab' && pick >= 0 && suggestions[pick]) {
      take(suggestions[pick]);
    } else if (e.key === 'Escape') {
      if (open) setOpen(false);
      else input.current?.blur();
    } else {
      return;
    }
    e.preventDefault();
  };

  return (
    <div className="query">
      <SearchIcon aria-hidden />
      <input
        ref={input}
        className="input mono"
        value={text}
        placeholder={placeholder}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        role="combobox"
        aria-label="Filter"
        aria-expanded={suggestions.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={pick >= 0 ? `${id}-${pick}` : undefined}
        aria-invalid={failed !== null}
        aria-errormessage={failed ? `${id}-error` : undefined}
        onChange={(e) => {
          setText(e.target.value);
          setCaret(e.target.selectionStart ?? e.target.value.length);
          setOpen(true);
          setPick(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 120)}
        onSelect={(e) => setCaret(e.currentTarget.selectionStart ?? 0)}
        onKeyDown={onKeyDown}
      />
      {text !== '' && (
        <button
          className="btn bare small"
          onClick={() => {
            setText('');
            onChange('');
            input.current?.focus();
          }}
        >
          Clear
        </button>
      )}
      {suggestions.length > 0 && (
        <ul className="menu suggestions" id={`${id}-list`} role="listbox" aria-label="Suggestions">
          {suggestions.map((s, i) => (
            <li
              key={s.kind + s.text}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === pick}
              className="item"
              onMouseDown={(e) => {
                e.preventDefault();
                take(s);
              }}
            >
              <span className="mono foreign-line">{s.text}</span>
              <span className="end foreign-line">{s.doc ?? s.kind}</span>
            </li>
          ))}
        </ul>
      )}
      {failed && <Mistake id={`${id}-error`} text={value} error={failed} />}
    </div>
  );
}

// Mistake shows the query with its wrong place marked.
function Mistake({ id, text, error }: { id: string; text: string; error: ApiError }) {
  const letters = [...text];
  const at = error.position;
  return (
    <div className="mistake" id={id} role="alert">
      {at !== undefined && (
        <pre aria-hidden>
          {letters.slice(0, at).join('')}
          <mark>{letters[at] ?? ' '}</mark>
          {letters.slice(at + 1).join('')}
        </pre>
      )}
      <span>{error.message}</span>
      {error.hint && <span className="muted">{error.hint}</span>}
    </div>
  );
}

// characters turns an index of UTF-16 into one of characters, which the server counts.
const characters = (text: string, index: number) => [...text.slice(0, index)].length;
