import { Link } from '@tanstack/react-router';
import type { KeyFigure } from './numbers';

/** Single numbers, each with its change and a link to what explains it. */
export function KeyFigures({ figures }: { figures: KeyFigure[] }) {
  return (
    <ul className="ov-figures" aria-label="Last 5 minutes, against an hour ago">
      {figures.map((f) => (
        <li key={f.title}>
          <Link to={f.to} search={f.search as never} title={`${f.why}. ${capital(f.change.title)}.`}>
            <span className="muted">{f.title}</span>
            <b className="num">
              {f.value}
              {f.unit && <small> {f.unit}</small>}
            </b>
            <small className={tone(f)}>
              {f.change.text}
              <span className="sr">, {f.change.title}</span>
            </small>
          </Link>
        </li>
      ))}
    </ul>
  );
}

const tone = (f: KeyFigure) => (f.badUp && f.change.direction === 'up' ? 'warn' : 'muted');
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
