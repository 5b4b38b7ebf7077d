// Many PromQL expressions in one. It imports nothing: the build reads it as well, to name the first question in the document.

/** An expression and the name its series are found by. */
export interface Part {
  id: string;
  expr: string;
}

/** The label that tells the parts apart. */
export const tag = '__part';

/** One expression whose series carry the id of the part that they are of. */
export function union(parts: Part[]): string {
  return parts.map((p) => `label_replace(${p.expr}, "${tag}", "${p.id}", "", "")`).join('\nor ');
}
