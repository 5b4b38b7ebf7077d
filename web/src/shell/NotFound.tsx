import { Link, useRouterState } from '@tanstack/react-router';

export function NotFound() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  return (
    <div className="empty">
      <h2>There is no page at this address</h2>
      <p className="foreign mono">{path}</p>
      <p>
        <Link to="/">Go to the overview</Link>, or press <kbd>g</kbd> and the letter of a page; <kbd>?</kbd> shows all
        keys.
      </p>
    </div>
  );
}
