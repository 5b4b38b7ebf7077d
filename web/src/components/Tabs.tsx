/** Tabs by keyboard: arrows move, as ARIA wants it. The panel they show has id `${id}-panel`. */
export function Tabs<T extends string>({
  id,
  label,
  tabs,
  value,
  onChange,
}: {
  id: string;
  label: string;
  tabs: { value: T; title: React.ReactNode }[];
  value: T;
  onChange: (value: T) => void;
}) {
  const move = (e: React.KeyboardEvent) => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    e.preventDefault();
    const at = tabs.findIndex((t) => t.value === value);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onChange(next.value);
    document.getElementById(`${id}-${next.value}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map((t) => (
        <button
          key={t.value}
          id={`${id}-${t.value}`}
          role="tab"
          aria-selected={t.value === value}
          aria-controls={`${id}-panel`}
          tabIndex={t.value === value ? 0 : -1}
          onClick={() => onChange(t.value)}
        >
          {t.title}
        </button>
      ))}
    </div>
  );
}
