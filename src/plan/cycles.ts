// Circles in the graph of references: what waits for itself never starts.

import type { Edge } from "./stack-plan";

/** One circle among `edges` as the roles on it, the first one repeated at its end; `undefined` where there is none. */
export function findCycle(edges: readonly Edge[]): string[] | undefined {
  const done = new Set<string>();
  const visit = (role: string, trail: string[]): string[] | undefined => {
    if (trail.includes(role)) return [...trail.slice(trail.indexOf(role)), role];
    if (done.has(role)) return undefined;
    for (const { from, to } of edges) {
      const cycle = from === role ? visit(to, [...trail, role]) : undefined;
      if (cycle) return cycle;
    }
    done.add(role);
    return undefined;
  };
  for (const { from } of edges) {
    const cycle = visit(from, []);
    if (cycle) return cycle;
  }
  return undefined;
}
