// JSON that was cut off: what is there is read, what is missing is left out.

const deepest = 200;

/** The value of a JSON text and whether its end is missing; null where it is no JSON, not even the beginning of some. */
export function parsePartial(text: string): { value: unknown; cut: boolean } | null {
  try {
    return { value: parse(text), cut: false };
  } catch {
    const first = text.trimStart()[0];
    if (first !== '{' && first !== '[') return null;
    try {
      const p = new Partial(text);
      return { value: p.value(0), cut: true };
    } catch {
      return null; // a mistake that is no missing end
    }
  }
}

// What TypeScript does not know yet: the text of a number while it is read, and numbers that are written as they were.
type WithRaw = typeof JSON & { rawJSON?: (text: string) => unknown };
type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

// parse keeps numbers that JavaScript would round, such as ids of 20 digits, as they were written.
function parse(text: string): unknown {
  const { rawJSON } = JSON as WithRaw;
  if (!rawJSON || !/[:[,]\s*-?\d[\d.]{15}/.test(text)) return JSON.parse(text) as unknown;
  const keep: Reviver = (_, v, context) =>
    typeof v === 'number' && context?.source && context.source !== String(v) && context.source.length > 15
      ? rawJSON(context.source)
      : v;
  return JSON.parse(text, keep) as unknown;
}

class Partial {
  private at = 0;
  constructor(private readonly text: string) {}

  value(depth: number): unknown {
    if (depth > deepest) throw new Error('too deep');
    this.space();
    const c = this.text[this.at];
    if (c === '{') return this.object(depth);
    if (c === '[') return this.array(depth);
    if (c === '"') return this.string();
    const word = /[^\s,\]}]*/y;
    word.lastIndex = this.at;
    const literal = word.exec(this.text)![0];
    this.at += literal.length;
    if (literal === '' || this.ended()) return undefined; // true and 12 may be the beginning of something else
    return JSON.parse(literal);
  }

  private object(depth: number): Record<string, unknown> {
    const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    this.at++;
    for (;;) {
      this.space();
      if (this.ended() || this.take('}')) return out;
      if (this.text[this.at] !== '"') throw new Error('no key');
      const key = this.string();
      this.space();
      if (this.ended()) return out;
      if (!this.take(':')) throw new Error('no colon');
      const v = this.value(depth + 1);
      if (v !== undefined) out[key] = v;
      this.space();
      if (this.ended() || this.take('}')) return out;
      if (!this.take(',')) throw new Error('no comma');
    }
  }

  private array(depth: number): unknown[] {
    const out: unknown[] = [];
    this.at++;
    for (;;) {
      this.space();
      if (this.ended() || this.take(']')) return out;
      const v = this.value(depth + 1);
      if (v !== undefined) out.push(v);
      this.space();
      if (this.ended() || this.take(']')) return out;
      if (!this.take(',')) throw new Error('no comma');
    }
  }

  private string(): string {
    const from = this.at;
    for (this.at++; !this.ended(); this.at++) {
      const c = this.text[this.at];
      if (c === '\\') this.at++;
      else if (c === '"') return JSON.parse(this.text.slice(from, ++this.at)) as string;
    }
    this.at = this.text.length;
    // The end is missing; so may be half of an escape, or what the list of the API puts there.
    const rest = this.text.slice(from).replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, (m) => (/^\\\\/.test(m) ? m : ''));
    for (const end of [rest, rest.slice(0, -1)]) {
      try {
        return JSON.parse(end + '"') as string;
      } catch {
        continue;
      }
    }
    return rest.slice(1);
  }

  private space() {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private ended(): boolean {
    return this.at >= this.text.length;
  }

  private take(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }
}
