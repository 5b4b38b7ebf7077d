// g and a letter go to a page.
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { isTyping } from '@/lib/keys';
import { allPlaces } from '@/shell/places';

const within = 900; // ms between g and the letter

export function useGoKeys() {
  const navigate = useNavigate();
  useEffect(() => {
    let since = -within;
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || isTyping(e.target)) return;
      if (e.timeStamp - since < within) {
        since = -within;
        const place = allPlaces.find((p) => p.key === e.key);
        if (place) {
          e.preventDefault();
          e.stopImmediatePropagation();
          void navigate({ to: place.to });
        }
      } else if (e.key === 'g') {
        since = e.timeStamp;
        e.stopImmediatePropagation();
      }
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  }, [navigate]);
}
