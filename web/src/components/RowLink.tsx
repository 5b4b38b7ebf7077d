// A link among many. The router's own work out their addresses anew whenever that of the page changes: in a table this takes
// longer than the rows do. This one does when it is drawn, pointed at and clicked.
import { useRouter } from '@tanstack/react-router';

type Search = Record<string, string | undefined>;

interface Props extends Omit<React.AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  to: string;
  search?: (now: Search) => Search; // of the address now; where it is absent range and theme stay
}

const kept = ({ from, to, theme }: Search): Search => ({ from, to, theme });

export function RowLink({ to, search = kept, ...rest }: Props) {
  const router = useRouter();
  const address = () => to + router.options.stringifySearch(search(router.state.location.search));
  const renew = (e: React.SyntheticEvent<HTMLAnchorElement>) => e.currentTarget.setAttribute('href', address());
  const follow = (e: React.MouseEvent) => {
    if (e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    void router.navigate({ href: address() });
  };
  return <a {...rest} href={address()} onPointerEnter={renew} onFocus={renew} onClick={follow} />;
}
