// CodeMirror in our colors. Variables of the theme serve both themes at once.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView, type KeyBinding } from '@codemirror/view';
import { tags as t } from '@lezer/highlight';
import type { Extension } from '@codemirror/state';

const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)', fontSize: '12.5px', height: '100%' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { caretColor: 'var(--text)', padding: '5px 0' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection':
    {
      backgroundColor: 'color-mix(in srgb, var(--accent) 28%, transparent)',
    },
  '.cm-activeLine': { backgroundColor: 'transparent' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--muted)', border: 'none' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--raised)' },
  '.cm-placeholder': { color: 'var(--muted)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--accent-bg)',
    outline: '1px solid var(--accent)',
  },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--err-bg)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--err)',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--warn)',
    textUnderlineOffset: '3px',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--text)',
    border: '1px solid var(--line)',
    borderRadius: '5px',
    boxShadow: '0 8px 24px rgb(0 0 0 / 22%)',
    zIndex: '16',
  },
  '.cm-tooltip .cm-diagnostic': {
    padding: '5px 9px',
    borderLeft: '3px solid var(--err)',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
  },
  '.cm-tooltip .cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: '12px',
    maxHeight: '300px',
    minWidth: '280px',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', display: 'flex', gap: '8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected], .cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--accent-bg)',
    color: 'var(--text)',
  },
  '.cm-completionLabel': { flex: '1', minWidth: '0' },
  '.cm-completionDetail': { color: 'var(--muted)', fontStyle: 'normal', marginLeft: 'auto' },
  '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--accent)' },
  '.cm-completionInfo': {
    padding: '6px 9px',
    maxWidth: '320px',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
    whiteSpace: 'pre-wrap',
  },
  '.cm-completionIcon': { display: 'none' },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--raised)', border: '1px solid var(--line)', color: 'var(--muted)' },
});

const colors = HighlightStyle.define([
  { tag: [t.keyword, t.operatorKeyword, t.modifier, t.atom, t.bool, t.null], color: 'var(--s4)' },
  { tag: [t.function(t.variableName), t.standard(t.function(t.variableName)), t.propertyName], color: 'var(--s1)' },
  { tag: [t.labelName], color: 'var(--s3)' },
  { tag: [t.string, t.special(t.string)], color: 'var(--s6)' },
  { tag: [t.number, t.literal], color: 'var(--s2)' },
  {
    tag: [t.operator, t.arithmeticOperator, t.compareOperator, t.punctuation, t.paren, t.brace, t.squareBracket],
    color: 'var(--text)',
  },
  { tag: [t.comment, t.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [t.constant(t.variableName), t.variableName], color: 'var(--text)' },
  { tag: t.invalid, color: 'var(--err)' },
]);

/** The nonce that the policy of the page wants of styles; '' where the page has none. */
function nonce(): string {
  const text = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
  return text.startsWith('__') ? '' : text;
}

export const appearance = (): Extension[] => [EditorView.cspNonce.of(nonce()), look, syntaxHighlighting(colors)];

/** Esc leaves an editor, once there is nothing else to close: the keys of the page work again. */
export const leave: KeyBinding = {
  key: 'Escape',
  run: (view) => {
    view.contentDOM.blur();
    return true;
  },
};
