// An empty page says what would be here, and shows the one command that fills it.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask, type Schemas } from '@/api/client';
import { Snippet } from '@/components/Copy';
export { fill, oneCall, oneLog, oneTrace } from '@/components/fill';

type Intake = Schemas['Intake'];

type Command = string | ((intake: Intake | undefined) => string);

interface Props {
  title: string;
  command?: Command; // fills the page at once, as it is
  own?: Command; // so that one's own programs do
  children?: ReactNode;
}

/** Commands may depend on where the server takes records in, as those of fill do. */
export function Empty({ title, command, own, children }: Props) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
      {command && own && <h3>Try it</h3>}
      {command && <Filling command={command} />}
      {own && command && <h3>From your own programs</h3>}
      {own && <Filling command={own} />}
    </div>
  );
}

function Filling({ command }: { command: Command }) {
  return typeof command === 'string' ? <Snippet text={command} /> : <Asking command={command} />;
}

function Asking({ command }: { command: (intake: Intake | undefined) => string }) {
  return <Snippet text={command(useIntake())} />;
}

/** Where the server takes records in; undefined while that is not known. */
const useIntake = (): Intake | undefined => useQuery({ ...ask('/api/v1/status'), staleTime: 60_000 }).data?.intake;
