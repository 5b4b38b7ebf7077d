import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { target } from './links';

/** A link to what an address of an annotation says; nothing where it leads nowhere. */
export function Follow({
  address,
  className,
  children,
}: {
  address: string | undefined;
  className?: string;
  children: ReactNode;
}) {
  const found = target(address);
  if (!found) return null;
  if (found.href)
    return (
      <a className={className} href={found.href} rel="noreferrer noopener" target="_blank" title={found.href}>
        {children}
      </a>
    );
  return (
    <Link className={className} to={found.to} search={found.search as never}>
      {children}
    </Link>
  );
}
