// The selected call beside the table. It opens at once with what its row knows.
import { Link } from '@tanstack/react-router';
import { GitCompareArrows, Maximize2 } from 'lucide-react';
import type { Span } from '@/api/client';
import { Dock } from '@/components/Dock';
import { visible } from '@/lib/foreign';
import { CallDetails, useCall } from './CallDetails';

interface Props {
  sel: string; // trace:span
  row?: Span;
  picked: boolean;
  onPick: (s: Span) => void;
  onClose: () => void;
}

export function CallDock({ sel, row, picked, onPick, onClose }: Props) {
  const [trace = '', span = ''] = sel.split(':');
  const answer = useCall(trace, span);
  const call = answer.data ?? row;
  return (
    <Dock
      title={call ? visible(call.genai?.model ?? call.name ?? 'Call', 120) : 'Call'}
      onClose={onClose}
      actions={
        <>
          {call && (
            <button
              className="btn bare"
              aria-pressed={picked}
              onClick={() => onPick(call)}
              title="Choose to compare (c)"
              aria-label="Choose to compare"
            >
              <GitCompareArrows aria-hidden />
            </button>
          )}
          <Link className="btn bare" to="/traces/$trace" params={{ trace } as never} search={{ span } as never}>
            Trace
          </Link>
          <Link
            className="btn bare"
            to="/calls/$trace/$span"
            params={{ trace, span } as never}
            aria-label="Open as a page"
            title="Open as a page (Enter)"
          >
            <Maximize2 aria-hidden />
          </Link>
        </>
      }
    >
      <CallDetails key={sel} trace={trace} span={span} row={row} />
    </Dock>
  );
}
