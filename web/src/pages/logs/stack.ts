// Stack traces made legible: what went wrong stands out, frames of libraries step back.

export type LineKind = 'what' | 'own' | 'library' | 'code';

export interface StackLine {
  text: string;
  kind: LineKind;
}

const libraries =
  /site-packages|dist-packages|\/lib\/python\d|node_modules|node:internal|\(node:|\/go\/pkg\/mod\/|\/usr\/local\/go\/|\/usr\/lib\/go|(?:^|\s)runtime[./]|<frozen |\b(java|javax|jdk|sun|kotlin|org\.springframework|org\.apache)\.[\w.$]*\(|internal\/modules/;
const frames =
  /^\s*(at\s|File "|#\d+\s|\.\.\. \d+ more|[\w./$*()-]+\.[\w$*()]+\(.*\)$)|^\s+\S+\.(go|py|js|ts|rs|java|rb|c|cpp):\d+|^\s*[\w.$]+\([\w.]*:\d+\)/;

/** Whether a text looks like a stack trace. */
export function isStack(text: string): boolean {
  const head = text.slice(0, 20_000);
  return (
    /Traceback \(most recent call last\)|^goroutine \d+ \[|^panic: /m.test(head) ||
    (head.match(/\n\s+at .+[:(]/g)?.length ?? 0) >= 2 ||
    (head.match(/^\s+File ".+", line \d+/gm)?.length ?? 0) >= 1
  );
}

export function stackLines(text: string, most = 2000): StackLine[] {
  let of: LineKind = 'what'; // of the frame that lines of code below belong to
  return text.split(/\r?\n/, most).map((line) => {
    if (frames.test(line)) {
      of = libraries.test(line) ? 'library' : 'own';
      return { text: line, kind: of };
    }
    if (/^\s/.test(line) && of !== 'what') return { text: line, kind: of === 'library' ? 'library' : 'code' };
    of = 'what';
    return { text: line, kind: 'what' };
  });
}
