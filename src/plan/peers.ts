// What is outside of the stack and yet talks to it, or is talked to: pods of other namespaces, and addresses.

import type { NetworkProtocol, PeerArgs } from "../schema/network-args";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { blockMistake, contains, parseBlock } from "./cidr";
import { checkLabels, labelProblem } from "./names";
import type { AddressBlock, PeerPlan, PortPlan } from "./stack-plan";

/** Where clouds tell a machine who it is, and hand out its rights. */
const METADATA = ["169.254.169.254/32", "fd00:ec2::254/128"];

/** What can't be reached over the internet: private, shared, link-local, reserved and multicast addresses. */
const PRIVATE = {
  "0.0.0.0/0": [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/4",
    "240.0.0.0/4",
  ],
  "::/0": ["::1/128", "fc00::/7", "fe80::/10", "ff00::/8"],
};

/** Every public address. */
export const INTERNET: AddressBlock[] = Object.entries(PRIVATE).map(([cidr, except]) => ({ cidr, except }));

/** Every address but the metadata service's. */
export const ANY_ADDRESS: AddressBlock[] = Object.keys(PRIVATE).map((cidr) => addressBlock(cidr));

/** `cidr` without `except`, and without the cloud's metadata service where that isn't what is meant. */
export function addressBlock(cidr: string, except: readonly string[] = []): AddressBlock {
  const inside = (outer: string, inner: string): boolean => {
    const [one, other] = [parseBlock(outer), parseBlock(inner)];
    return one !== undefined && other !== undefined && contains(one, other);
  };
  const hidden = METADATA.filter(
    (block) => block !== cidr && inside(cidr, block) && !except.some((hole) => inside(hole, block)),
  );
  return { cidr, except: [...except, ...hidden] };
}

/** Who is meant by what stands at `path`; `instead` is who it is where nobody is named. */
export function planPeer(
  path: string,
  name: string,
  args: PeerArgs,
  namespace: string,
  instead: AddressBlock[] | undefined,
  problems: Problem[],
): PeerPlan {
  const { cidr, podLabels } = args;
  const pods = args.namespace !== undefined || podLabels !== undefined;
  checkPeer(path, args, pods, instead, problems);
  const peer: PeerPlan = { id: path, name };
  if (cidr !== undefined) peer.blocks = [addressBlock(cidr, args.except)];
  else if (pods) peer.pods = { namespace: args.namespace ?? namespace, labels: podLabels ?? {} };
  else peer.blocks = instead ?? [];
  return peer;
}

function checkPeer(
  path: string,
  { namespace, podLabels, cidr, except }: PeerArgs,
  pods: boolean,
  instead: AddressBlock[] | undefined,
  problems: Problem[],
): void {
  if (cidr !== undefined && pods) {
    problems.push({
      path: `${path}.cidr`,
      value: cidr,
      reason: `stands beside ${path}.${namespace === undefined ? "podLabels" : "namespace"}; the other end is either`,
      remedy: "drop one of the two, or make two entries of it",
    });
  }
  if (cidr === undefined && !pods && instead === undefined) {
    problems.push({
      path,
      value: {},
      reason: "names nobody",
      remedy: "add a `namespace` (with `podLabels`, if not all of it is meant) or a `cidr`",
    });
  }
  const wrong = namespace === undefined ? undefined : labelProblem(`${path}.namespace`, namespace);
  if (wrong) problems.push(wrong);
  checkLabels(`${path}.podLabels`, podLabels, problems);
  if (cidr !== undefined) checkBlock(`${path}.cidr`, cidr, problems);
  except?.forEach((hole, index) => {
    const at = join(`${path}.except`, index);
    if (!checkBlock(at, hole, problems)) return;
    const [outer, inner] = [parseBlock(cidr ?? ""), parseBlock(hole)];
    if (outer && inner && contains(outer, inner) && outer.prefix < inner.prefix) return;
    problems.push({
      path: at,
      value: hole,
      reason: cidr === undefined ? "is left out of no `cidr`" : `is no part of ${path}.cidr (${cidr})`,
      remedy:
        cidr === undefined ? "drop it, or add the `cidr` that it is a part of" : "drop it, or correct it",
    });
  });
}

/** Whether `text` is a block of addresses; tells what is wrong with it. */
export function checkBlock(path: string, text: string, problems: Problem[]): boolean {
  const mistake = blockMistake(text);
  if (mistake) problems.push({ path, value: text, ...mistake });
  return mistake === undefined;
}

/** The ports that stand below `path`; `undefined` where any will do. */
export function planPorts(
  path: string,
  ports: readonly number[] | undefined,
  protocol: NetworkProtocol = "TCP",
  problems: Problem[],
): PortPlan[] | undefined {
  if (ports === undefined) return undefined;
  if (ports.length === 0) {
    problems.push({
      path: `${path}.ports`,
      value: [],
      reason: "is an empty list: no port at all",
      remedy: "name the ports, or drop it for any",
    });
  }
  ports.forEach((port, index) => {
    if (Number.isInteger(port) && port >= 1 && port <= 65535) return;
    problems.push({
      path: join(`${path}.ports`, index),
      value: port,
      reason: "is not a port: those go from 1 to 65535",
      remedy: "write a whole number, such as 443",
    });
  });
  return [...new Set(ports)].map((port) => ({ port, protocol }));
}
