// Periods of many alerts on one time axis.
import type { ReactNode } from 'react';
import { atMark, roundMoments } from '@/components/chart/moments';
import { clock, date, duration } from '@/lib/format';
import type { Period } from './periods';

export interface Lane {
  key: string;
  title: ReactNode;
  periods: Period[];
  note?: string; // right of the bars
}

export function Timeline({
  label,
  lanes,
  range,
}: {
  label: string;
  lanes: Lane[];
  range: { from: number; to: number };
}) {
  const ticks = roundMoments(range.from, range.to, 7);
  const at = (t: number) => Math.max(0, Math.min(100, ((t - range.from) / (range.to - range.from)) * 100));
  return (
    <div className="tl" role="table" aria-label={label} tabIndex={0}>
      <div className="tl-row tl-head" role="row">
        <span role="columnheader">Alert</span>
        <span role="columnheader" className="tl-axis">
          {ticks
            .filter((t) => at(t) < 94)
            .map((t) => (
              <i key={t} style={{ left: `${at(t)}%` }}>
                {atMark(t, range.to - range.from)}
              </i>
            ))}
          <span className="sr">When</span>
        </span>
        <span role="columnheader" className="right">
          Fired
        </span>
      </div>
      {lanes.map((lane) => (
        <div className="tl-row" role="row" key={lane.key}>
          <span role="cell" className="tl-title">
            {lane.title}
          </span>
          <span role="cell" className="tl-bars">
            {ticks.map((t) => (
              <i key={t} className="tl-tick" style={{ left: `${at(t)}%` }} />
            ))}
            {lane.periods
              .filter((p) => p.to >= range.from && p.from <= range.to)
              .map((p) => (
                <b
                  key={`${p.state} ${p.from}`}
                  className={`tl-bar ${p.state}`}
                  title={tell(p)}
                  style={{ left: `${at(p.from)}%`, width: `${Math.max(0.3, at(p.to) - at(p.from))}%` }}
                >
                  <span className="sr">{tell(p)}; </span>
                </b>
              ))}
          </span>
          <span role="cell" className="num right muted">
            {lane.note}
          </span>
        </div>
      ))}
    </div>
  );
}

const tell = (p: Period) =>
  `${p.state} from ${moment(p.from)} ${p.open ? 'on' : `to ${moment(p.to)}`}, ${duration((p.to - p.from) * 1e6)}`;

const moment = (ms: number) => `${date(new Date(ms))} ${clock(new Date(ms), false)}`;
