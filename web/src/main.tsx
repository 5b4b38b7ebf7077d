import '@/styles/fonts.css';
import '@/styles/theme.css';
import '@/styles/base.css';
import '@/styles/parts.css';
import 'uplot/dist/uPlot.min.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from '@/api/client';
import { startTheme } from '@/lib/theme';
import { awaitNumbers } from '@/pages/overview/questions';
import { router } from '@/router';
import { reloadWhenStale } from '@/shell/stale';

// Radix makes a style element while a dialog is open; the policy wants this on it.
Object.assign(globalThis, {
  __webpack_nonce__: document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content,
});
startTheme();
reloadWhenStale();

// The document names the code of its page, so it is nearly here: frame and page are drawn at once, not one after the other.
// So are the numbers of the overview, where they come soon.
const patience = 150; // ms
const draw = () =>
  createRoot(document.getElementById('app')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
void Promise.all([router.load(), awaitNumbers(patience)]).then(draw, draw); // what went wrong stands on the page
