// A trace: waterfall, agent graph, flames, conversation, logs.
import { useParams } from '@tanstack/react-router';
import { ApiError } from '@/api/client';
import { Empty, fill } from '@/components/Empty';
import { ErrorNote } from '@/components/ErrorNote';
import { Loading } from '@/components/Loading';
import { useTrace } from './load';
import { TraceView } from './TraceView';
import './trace.css';

export default function TracePage() {
  const { trace = '' }: { trace?: string } = useParams({ strict: false });
  return <OneTrace key={trace} id={trace.toLowerCase()} />;
}

function OneTrace({ id }: { id: string }) {
  const { query, tree, trace, opened } = useTrace(id);
  if (tree && trace)
    return <TraceView tree={tree} trace={trace} opened={opened} stale={query.isRefetchError ? query.error : null} />;
  if (!query.isError) return <Loading what="Loading the trace" />;
  if (query.error instanceof ApiError && query.error.status === 404) {
    return (
      <Empty title="This trace is not here" own={fill.otel}>
        <p>
          No span and no log of <span className="mono foreign">{id.slice(0, 64)}</span> is in the store: it was not sent
          here, has not arrived yet, or was older than what is kept. This page looks again every few seconds.
        </p>
        <p>Applications that use OpenTelemetry send their traces here with:</p>
      </Empty>
    );
  }
  return (
    <div className="page stack">
      <ErrorNote error={query.error} retry={() => void query.refetch()} />
    </div>
  );
}
