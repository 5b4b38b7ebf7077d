import { sparkBars } from '@/pages/errors/group';

/** Counts over the time range as small bars. */
export function Sparkline({ counts, width = 96, height = 16 }: { counts: number[]; width?: number; height?: number }) {
  const most = Math.max(0, ...counts);
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`Over time: at most ${most} in a bucket, ${counts.at(-1) ?? 0} in the last`}
    >
      {sparkBars(counts, width, height).map((b) => (
        <rect key={b.x} x={b.x} y={b.y} width={b.w} height={b.h} />
      ))}
    </svg>
  );
}
