// An editor for the JSON of dashboards, with problems at their places. It is loaded when a page needs it.
import { autocompletion, closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { appearance, leave } from './theme';

export interface Place {
  line: number; // from 1
  column: number; // from 1, in bytes
}

export interface JSONProblem extends Place {
  severity: string;
  message: string;
}

interface Props {
  value: string;
  label: string;
  problems: JSONProblem[];
  goTo?: Place | null; // a new object moves the cursor there
  onChange: (text: string) => void;
}

export default function JSONEditor({ value, label, problems, goTo, onChange }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    const editor = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          ...appearance(),
          lineNumbers(),
          foldGutter(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          autocompletion(),
          json(),
          lintGutter(),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
          keymap.of([
            ...closeBracketsKeymap,
            ...historyKeymap,
            ...foldKeymap,
            ...lintKeymap,
            ...defaultKeymap,
            indentWithTab,
            leave,
          ]),
          EditorView.updateListener.of((u) => u.docChanged && latest.current(u.state.doc.toString())),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
    // The editor lives as long as the page; a new value is set below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const editor = view.current;
    if (editor)
      editor.dispatch(
        setDiagnostics(
          editor.state,
          problems.map((p) => diagnostic(editor.state, p)),
        ),
      );
  }, [problems]);
  useEffect(() => {
    const editor = view.current;
    if (!editor || !goTo) return;
    const at = offset(editor.state, goTo);
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    editor.focus();
  }, [goTo]);
  return <div className="code-box json" ref={box} />;
}

function offset(state: EditorState, { line, column }: Place): number {
  const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines));
  const before = new TextDecoder().decode(
    new TextEncoder().encode(at.text.slice(0, 20_000)).slice(0, Math.max(0, column - 1)),
  );
  return at.from + Math.min(at.length, before.length);
}

function diagnostic(state: EditorState, p: JSONProblem): Diagnostic {
  const from = offset(state, p);
  const line = state.doc.lineAt(from);
  return {
    from,
    to: Math.max(from, Math.min(line.to, from + 60)),
    severity: p.severity === 'error' ? 'error' : 'warning',
    message: p.message,
  };
}
