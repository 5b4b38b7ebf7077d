// An editor for PromQL: completion from our Prometheus API, mistakes underlined. It is loaded when a page needs it.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, insertNewlineAndIndent } from '@codemirror/commands';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { useEffect, useRef } from 'react';
import { appearance, leave } from './theme';

interface Props {
  value: string;
  label: string;
  invalid?: boolean;
  autoFocus?: boolean;
  onChange: (text: string) => void;
  onRun: () => void;
}

const language = () =>
  new PromQLExtension().setComplete({
    remote: { url: '/prometheus', httpMethod: 'GET', cache: { maxAge: 60_000 }, httpErrorHandler: () => undefined },
    maxMetricsMetadata: 5000,
  });

export default function PromQLEditor({ value, label, invalid, autoFocus, onChange, onRun }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ onChange, onRun });
  useEffect(() => {
    latest.current = { onChange, onRun };
  });

  useEffect(() => {
    const run = () => {
      latest.current.onRun();
      return true;
    };
    const promql = language();
    const editor = new EditorView({
      parent: box.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          ...appearance(),
          history(),
          bracketMatching(),
          closeBrackets(),
          indentOnInput(),
          EditorView.lineWrapping,
          autocompletion({ maxRenderedOptions: 60 }),
          promql.asExtension(),
          placeholder('PromQL, such as sum by (job) (rate(http_requests_total[5m]))'),
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
          // Enter runs where nothing is to be completed, and Shift or Ctrl with it always; Alt makes a new line.
          Prec.highest(
            keymap.of([
              { key: 'Mod-Enter', run },
              { key: 'Shift-Enter', run },
              { key: 'Alt-Enter', run: insertNewlineAndIndent },
              { key: 'Ctrl-Space', run: startCompletion },
            ]),
          ),
          Prec.high(keymap.of([{ key: 'Tab', run: acceptCompletion }])),
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...lintKeymap,
            ...defaultKeymap,
            leave,
          ]),
          EditorView.updateListener.of((u) => u.docChanged && latest.current.onChange(u.state.doc.toString())),
        ],
      }),
    });
    view.current = editor;
    if (autoFocus) editor.focus();
    return () => {
      editor.destroy();
      promql.destroy();
      view.current = null;
    };
    // The editor lives as long as the page; a new value is set below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({
        changes: { from: 0, to: editor.state.doc.length, insert: value },
        selection: { anchor: value.length },
      });
  }, [value]);
  return <div className="code-box" ref={box} data-invalid={invalid} />;
}
