/** What is odd about a span, as bits of TraceTree.odd. */
export const odd = {
  missing: 1, // not a span of the trace: stands for a parent that was not received
  cycle: 2, // it is its own ancestor; shown as a root
  duplicate: 4, // its id came before
  early: 8, // starts before its parent: clocks differ
  late: 16, // ends after its parent
} as const;
