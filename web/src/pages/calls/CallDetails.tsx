// A call, docked beside the table or as a page of its own.
import { useQuery } from '@tanstack/react-query';
import { ask, type Span } from '@/api/client';
import { Conversation } from '@/components/Conversation';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { Tabs } from '@/components/Tabs';
import { useUrlState } from '@/lib/search';
import { Facts, Failure, Figures, Parts } from './Facts';
import { Raw } from './Raw';
import './calls.css';

/** The whole record of a call. */
export function useCall(trace: string, span: string, enabled = true) {
  return useQuery({
    ...ask('/api/v1/spans/{trace}/{span}', { path: { trace, span } }, { enabled }),
    placeholderData: undefined,
    staleTime: 60_000,
  });
}

type View = 'conversation' | 'raw' | 'facts';

/** row is what the table knows, shown until the whole record is here. wide puts the facts beside the conversation. */
export function CallDetails({
  trace,
  span,
  row,
  wide = false,
}: {
  trace: string;
  span: string;
  row?: Span;
  wide?: boolean;
}) {
  const [search, set] = useUrlState();
  const answer = useCall(trace, span);
  const known = answer.data ?? row;
  const view: View = search.view === 'raw' || (search.view === 'facts' && !wide) ? search.view : 'conversation';
  if (!known)
    return answer.isError ? <ErrorNote error={answer.error} retry={() => void answer.refetch()} /> : <Loading />;
  const partial = answer.data === undefined;
  const tabs: { value: View; title: string }[] = [
    { value: 'conversation', title: 'Conversation' },
    ...(wide ? [] : [{ value: 'facts' as const, title: 'Facts' }]),
    { value: 'raw', title: 'Raw' },
  ];
  const body = (
    <div
      id="call-panel"
      role="tabpanel"
      aria-labelledby={`call-${view}`}
      className="call-panel"
      aria-busy={partial && !answer.isError}
    >
      {answer.isError && <ErrorNote error={answer.error} retry={() => void answer.refetch()} />}
      {view === 'conversation' && <Conversation span={known} preview={partial} />}
      {view === 'facts' && <Facts span={known} />}
      {view === 'raw' && <Raw span={known} />}
    </div>
  );
  const head = (
    <>
      <Failure span={known} />
      <Figures span={known} />
      <Parts span={known} />
    </>
  );
  const bar = (
    <Tabs
      id="call"
      label="Views of the call"
      tabs={tabs}
      value={view}
      onChange={(v) => set({ view: v === 'conversation' ? undefined : v }, true)}
    />
  );
  if (!wide)
    return (
      <div className="call">
        {head}
        {bar}
        {body}
      </div>
    );
  return (
    <div className="call wide">
      <div className="call-main">
        {bar}
        {body}
      </div>
      <aside className="call-side" aria-label="Facts">
        {head}
        <Facts span={known} />
      </aside>
    </div>
  );
}
