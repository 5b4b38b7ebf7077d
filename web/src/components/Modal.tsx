import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import type { ReactNode } from 'react';

/** A dialog over the page. Esc and a click beside it close it; focus goes back to where it was. */
export function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog" aria-describedby={undefined} onOpenAutoFocus={toFirstField}>
          <header>
            <Dialog.Title asChild>
              <h2>{title}</h2>
            </Dialog.Title>
            <Dialog.Close className="btn bare" aria-label="Close">
              <X aria-hidden />
            </Dialog.Close>
          </header>
          <div className="body">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

// A dialog that asks something begins at its first field, not at its close button.
function toFirstField(e: Event) {
  const field = (e.currentTarget as HTMLElement | null)?.querySelector<HTMLElement>(
    '.body :is(input, select, textarea, button)',
  );
  if (!field) return;
  e.preventDefault();
  field.focus();
}
