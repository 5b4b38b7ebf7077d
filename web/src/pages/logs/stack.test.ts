import { describe, expect, test } from 'vitest';
import { isStack, stackLines } from '@/pages/logs/stack';

const python = `Traceback (most recent call last):
  File "/app/main.py", line 3, in answer
    return ask(x)
  File "/usr/lib/python3/dist-packages/httpx/_client.py", line 900, in send
    raise exc
httpx.ReadTimeout: timed out`;
const node = `TypeError: x is undefined
    at answer (/app/src/answer.js:10:3)
    at next (/app/node_modules/express/lib/router.js:5:1)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;
const go = `panic: boom

goroutine 1 [running]:
main.answer(0x1)
	/src/app/main.go:10 +0x1d
runtime.main()
	/usr/local/go/src/runtime/proc.go:250 +0x1`;

describe('stack traces', () => {
  test.each([python, node, go])('are known', (text) => expect(isStack(text)).toBe(true));
  test.each(['request served', '{"a": "at home"}', 'one\ntwo\n at noon'])('%s is none', (text) =>
    expect(isStack(text)).toBe(false),
  );
  test.each([
    [python, 'what own code library library what'],
    [node, 'what own library library'],
    [go, 'what what what own own library library'],
  ])('%#', (text, want) =>
    expect(
      stackLines(text)
        .map((l) => l.kind)
        .join(' '),
    ).toBe(want),
  );
});
