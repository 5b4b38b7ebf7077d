// What went wrong, and what to do.
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { ApiError } from '@/api/client';

/** Whether the query was refused: then its input tells why, beside the wrong place. */
export const isMistake = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 400 && (error.parameter === 'q' || error.parameter === undefined);

export function ErrorNote({ error, retry }: { error: unknown; retry?: () => void }) {
  const e = error instanceof Error ? error : new Error(String(error));
  return (
    <div className="note err" role="alert">
      <div>
        <b className="foreign">{e.message}</b>
        {e instanceof ApiError && e.hint && <div className="foreign">{e.hint}</div>}
      </div>
      {retry && (
        <button className="btn end" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** In place of a page that broke. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="page stack">
      <ErrorNote error={error} retry={again} />
      <p className="muted">
        The rest of Telltale works. If this comes back, open the browser's console: what it says belongs into a report.
      </p>
    </div>
  );
}
