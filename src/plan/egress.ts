// Where a role goes beyond the stack: what its `egress` says, over what is taken from the backend.

import type { ContainerArgs } from "../schema/container-args";
import type { PeerArgs } from "../schema/network-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { overlay } from "./overlay";
import { INTERNET, planPeer, planPorts } from "./peers";
import type { Taken } from "./roles";
import type { PeerPlan } from "./stack-plan";

interface EgressContext {
  namespace: string;
  /** Who is outside of the stack; whoever is missing is added. */
  peers: PeerPlan[];
  problems: Problem[];
}

/** The ids of the peers that the role whose arguments stand at `path` talks to. An entry that names nobody means the
 * internet. */
export function planEgress(
  path: string,
  args: ContainerArgs,
  { settings }: Taken,
  context: EgressContext,
): string[] {
  const peers = new Map<string, PeerPlan>();
  // The same settings lead to the same servers. Mistakes in them are the backend's, and told there.
  const taken = settings && overlay("backend.egress", settings.egress, [], []);
  for (const [name, peer] of taken?.set ?? []) {
    peers.set(name, planOne("backend.egress", name, peer, { ...context, problems: [] }));
  }
  const { set, removed } = overlay(
    `${path}.egress`,
    args.egress,
    peers.keys(),
    context.problems,
    "remove the line",
  );
  for (const [name, peer] of set) peers.set(name, planOne(`${path}.egress`, name, peer, context));
  for (const name of removed) peers.delete(name);
  context.peers.push(...peers.values());
  return [...peers.values()].map(({ id }) => id);
}

function planOne(
  path: string,
  name: string,
  args: PeerArgs,
  { namespace, problems }: EgressContext,
): PeerPlan {
  const at = join(path, name);
  const peer = planPeer(at, name, args, namespace, INTERNET, problems);
  return { ...peer, ports: planPorts(at, args.ports, args.protocol, problems) };
}
