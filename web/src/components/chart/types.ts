export interface ChartSeries {
  name: string;
  values: (number | null)[]; // one for each of times
  color?: string; // a variable of the theme such as --err, or a color
  draw?: 'line' | 'bars' | 'points';
  step?: 'linear' | 'smooth' | 'before' | 'after';
  fill?: number; // opacity below the line, 0 to 1
  width?: number; // px
  dash?: boolean;
  right?: boolean; // drawn against a second axis
  hidden?: boolean;
  format?: (value: number) => string; // where it differs from that of the chart
  joinGaps?: boolean; // a line over missing values
  untold?: boolean; // not in the tooltip
}

/** A moment worth a look: a dot that can be followed. */
export interface ChartDot {
  time: number; // ms
  value: number;
  title: string;
  open: () => void;
}

/** From its value up to that of the next, the ground has the color where area is set; a line at the value where not. */
export interface ChartLimit {
  value: number; // -Infinity is the floor
  color: string;
  area?: boolean;
}

export interface ChartMark {
  time: number;
  title: string;
  color?: string;
}

export interface ChartProps {
  label: string; // what it shows, for those who cannot see it
  times: number[]; // ms since 1970, rising
  series: ChartSeries[];
  format: (value: number) => string;
  formatRight?: (value: number) => string; // of the second axis; default is that of its first series
  height?: number;
  range?: { from: number; to: number }; // ms; default is that of times
  min?: number;
  max?: number;
  softMin?: number; // the axis reaches so far at least
  softMax?: number;
  stack?: boolean | 'percent';
  log?: boolean;
  binary?: boolean; // ticks are multiples of powers of 2, for bytes
  limits?: ChartLimit[];
  dots?: ChartDot[];
  marks?: ChartMark[]; // vertical lines
  onSelect?: (from: number, to: number) => void; // ms: what was drawn over
  timezone?: string; // utc or a name such as Europe/Berlin; default is that of the browser
  sync?: string; // charts of one name share the cursor; default is all of the page
  empty?: string; // said where there is nothing to draw
}

/** Where the cursor is: a place in times, in px of the window. */
export interface Pointed {
  index: number;
  x: number;
  y: number;
  value: number | null; // of the axis, at the cursor
}
