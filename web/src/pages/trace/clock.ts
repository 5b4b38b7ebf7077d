/** Moments as ns since a second of the trace: exact to the nanosecond, which Date is not. */
export class Clock {
  private readonly seconds = new Map<string, number>();
  private second = ''; // of the time before: those of neighbours are mostly the same
  private base = 0;
  readonly origin: number; // ms since 1970, a whole second

  constructor(first: string | undefined) {
    const at = first === undefined ? NaN : Date.parse(`${first.slice(0, 19)}Z`);
    this.origin = Number.isNaN(at) ? 0 : at;
  }

  /** ns since origin of an RFC 3339 time in UTC. */
  ns(time: string): number {
    if (this.second === '' || !time.startsWith(this.second)) this.turn(time.slice(0, 19));
    if (time.charCodeAt(19) !== 46) return this.base;
    let fraction = 0,
      digits = 0;
    for (let i = 20; i < time.length; i++) {
      const digit = time.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) break;
      if (digits === 9) break;
      fraction = fraction * 10 + digit;
      digits++;
    }
    return this.base + fraction * scale[digits]!;
  }

  private turn(second: string) {
    let base = this.seconds.get(second);
    if (base === undefined) {
      const at = Date.parse(`${second}Z`);
      base = Number.isNaN(at) ? 0 : (at - this.origin) * 1e6;
      this.seconds.set(second, base);
    }
    this.second = second.length === 19 ? second : '';
    this.base = base;
  }
}

const scale = [0, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];
