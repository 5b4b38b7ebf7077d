// The bundle is served below the hash of its files. After an update of the server the old hash is gone: a tab that asks for
// a part of it is loaded again, once.
export function reloadWhenStale() {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem('telltale.reloaded') ?? 0);
    if (Date.now() - last < 10_000) return; // it did not help: the error is shown
    event.preventDefault();
    sessionStorage.setItem('telltale.reloaded', String(Date.now()));
    location.reload();
  });
}
