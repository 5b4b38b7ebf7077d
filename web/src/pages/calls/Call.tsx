// One call, whole.
import { Link, useParams } from '@tanstack/react-router';
import { ListTree, MessagesSquare } from 'lucide-react';
import { Id } from '@/components/Id';
import { When } from '@/components/When';
import { visible } from '@/lib/foreign';
import { useKeys } from '@/lib/keys';
import { CallDetails, useCall } from './CallDetails';

export default function Call() {
  const { trace = '', span = '' }: { trace?: string; span?: string } = useParams({ strict: false });
  const answer = useCall(trace, span);
  const s = answer.data;
  useKeys({ Escape: () => history.back() });
  return (
    <>
      <div className="call-head">
        <h2 className="foreign-line">{s ? visible(s.genai?.model ?? s.name ?? 'Call', 200) : 'Call'}</h2>
        {s && <span className={s.status === 'error' ? 'tag err' : 'tag'}>{s.status || 'status not known'}</span>}
        {s && (
          <span className="muted">
            <When at={s.time} style="full" />
          </span>
        )}
        <Id kind="span" id={trace} span={span} />
        <span className="end">
          {s?.session_id && (
            <Link className="btn" to="/sessions/$session" params={{ session: s.session_id } as never} hash={span}>
              <MessagesSquare aria-hidden />
              In its session
            </Link>
          )}
          <Link className="btn" to="/traces/$trace" params={{ trace } as never} search={{ span } as never}>
            <ListTree aria-hidden />
            In its trace
          </Link>
        </span>
      </div>
      <CallDetails trace={trace} span={span} wide />
    </>
  );
}
