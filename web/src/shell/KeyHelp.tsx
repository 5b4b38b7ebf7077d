// What the keys do.
import { Modal } from '@/components/Modal';
import { allPlaces } from '@/shell/places';

const keys: [string, string][] = [
  ['Ctrl K', 'find a page, open an id'],
  ['?', 'this help'],
  ['/', 'go to the filter'],
  ['j  k', 'next and previous row'],
  ['Enter', 'open the selected row'],
  ['Esc', 'close what is open'],
  ['e', 'next error of a trace or list'],
  ['n', 'show the calls that arrived since'],
  ['z', 'zoom into the selected span and back'],
  ['←  →', 'collapse and expand a span'],
  ['p', 'pause live updates'],
  ['t', 'choose the time range'],
  ['c', 'compare a time drawn over a chart with the rest; without one, choose the selected call to compare'],
  ['C', 'compare the two chosen calls'],
];

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  const list = (rows: [string, string][]) => (
    <dl className="facts">
      {rows.flatMap(([k, what]) => [
        <dt key={k}>
          {k.split('  ').map((one) => (
            <kbd key={one}>{one}</kbd>
          ))}
        </dt>,
        <dd key={k + what}>{what}</dd>,
      ])}
    </dl>
  );
  return (
    <Modal title="Keys" onClose={onClose}>
      <div className="grid2">
        {list(keys)}
        {list(allPlaces.map((p) => [`g ${p.key}`, p.title]))}
      </div>
    </Modal>
  );
}
