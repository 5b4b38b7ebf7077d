// An empty page says what would be here, and shows the one command that fills it.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask, type Schemas } from '@/api/client';
import { Snippet } from '@/components/Copy';
import { fill } from '@/components/fill';

export { fill };

type Intake = Schemas['Intake'];

/** command may depend on where the server takes records in, as those of fill do. */
export function Empty({ title, command, children }: { title: string; command?: string | ((intake: Intake | undefined) => string); children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
      {command && (typeof command === 'string' ? <Snippet text={command} /> : <Filling command={command} />)}
    </div>
  );
}

function Filling({ command }: { command: (intake: Intake | undefined) => string }) {
  return <Snippet text={command(useIntake())} />;
}

/** Where the server takes records in; undefined while that is not known. */
export const useIntake = (): Intake | undefined => useQuery({ ...ask('/api/v1/status'), staleTime: 60_000 }).data?.intake;
