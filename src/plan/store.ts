// What all databases and caches of a stack have in common, whoever runs them.

import type { Problem } from "../schema/problem";
import type { ConnectionContext } from "./connection";
import { type ImageContext, imageProblem } from "./images";
import { labelProblem, STATEFUL_SET_LIMIT } from "./names";
import { addressBlock, checkBlock } from "./peers";
import { bytesMistake } from "./quantity";
import type { Target } from "./references";
import type { Edge, NumberText, PasswordPlan, PeerPlan, ResourcesPlan, Text } from "./stack-plan";
import type { StorePlan } from "./store-plan";
import { secretHole } from "./text";
import { checkAssigned } from "./users";

/** Letters and digits only, so that no URL and no configuration file needs an escape: 32 of them are 190 bits. */
export const PASSWORD_LENGTH = 32;

/** What is run where nothing else is said. */
export const IMAGES = { postgres: "postgres:15", redis: "redis:7.0" } as const;

export interface StoreContext extends ImageContext, ConnectionContext {
  /** Whether the cluster chooses whom pods run as. */
  openshift: boolean;
  /** Passwords to generate; what is missing is added. */
  passwords: PasswordPlan[];
}

/** A store: what runs, what references to it are worth, and who talks to whom for it. */
export interface PlannedStore<Plan> {
  plan?: Plan;
  target: Target;
  /** Where it is if the stack doesn't run it. */
  outside?: PeerPlan;
  /** Who else has to do with it, and the way between them. */
  peers?: PeerPlan[];
  edges?: Edge[];
}

/** What is said of a server that the stack runs. */
interface ServerArgs {
  image?: string;
  runAsUser?: number;
  storage?: string;
  storageClassName?: string;
}

interface ServerDefaults {
  image: string;
  port: number;
  /** Absent where nothing is kept. */
  storage?: string;
}

/** The server whose arguments stand at `path`, in one pod. */
export function planServer(
  id: string,
  path: string,
  args: ServerArgs,
  { image, port, storage }: ServerDefaults,
  resources: ResourcesPlan,
  { name: stackName, tier, openshift, passwords, problems }: StoreContext,
): StorePlan {
  const name = `${stackName}-${id}`;
  const long = labelProblem(`(the name of ${id})`, name, STATEFUL_SET_LIMIT);
  if (long) problems.push(long);
  // The default image stands for the release of this package, which pins and tests it.
  const wrong = args.image === undefined ? undefined : imageProblem(`${path}.image`, args.image, tier);
  if (wrong) problems.push(wrong);
  if (openshift) checkAssigned(path, "runAsUser", args.runAsUser, problems);
  if (storage !== undefined) checkStorage(`${path}.storage`, storage, problems);
  passwords.push({ id, length: PASSWORD_LENGTH });
  return {
    id,
    path,
    name,
    image: args.image ?? image,
    port,
    ...(!openshift && { runAsUser: args.runAsUser ?? 999 }),
    ...(storage !== undefined && { volume: { storage, storageClassName: args.storageClassName } }),
    resources,
    password: secretHole({ hole: "generated", password: id }),
  };
}

/** Whether `storage` can be the size of a volume. */
export function checkStorage(path: string, storage: string, problems: Problem[]): void {
  const mistake = bytesMistake(storage);
  if (mistake) problems.push({ path, value: storage, ...mistake });
}

/** Where a store is that the stack doesn't run: at any address, unless the user knows better. */
export function outsidePeer(
  id: string,
  name: string,
  path: string,
  cidr: string | undefined,
  port: number | NumberText,
  problems: Problem[],
): PeerPlan {
  const sound = cidr !== undefined && checkBlock(`${path}.cidr`, cidr, problems);
  return {
    id,
    name,
    ...(sound && { blocks: [addressBlock(cidr)] }),
    ports: [{ port, protocol: "TCP" }],
  };
}

/** Keys that are for one mode alone, and stand beside another. */
export function checkMode<Args extends object>(
  path: string,
  args: Args,
  mode: string,
  modesOf: Partial<Record<keyof Args, readonly string[]>>,
  problems: Problem[],
): void {
  for (const [key, modes] of Object.entries(modesOf) as [keyof Args & string, readonly string[]][]) {
    if (args[key] === undefined || modes.includes(mode)) continue;
    const connects = modes.includes("external") && modes.length === 1;
    problems.push({
      path: `${path}.${key}`,
      reason: connects
        ? `is for an \`external\` one, and the mode is \`${mode}\`: which of the two wins is never guessed`
        : `is for ${modes.map((name) => `\`${name}\``).join(" or ")}, and the mode is \`${mode}\``,
      remedy: connects
        ? `write \`mode: external\` beside it (the data of this stack's own stays behind on its volume), or drop it`
        : "drop it; what only some environments have stands in their Pulumi.<stack>.yaml",
    });
  }
}

/** The port in a URL that only the deployment knows. It is no secret: network policies hold it. */
export function urlPort(url: "postgres" | "redis", index: number, usual: number): NumberText {
  return { parts: urlPartHole(url, index, "port").parts, secret: false, usual };
}

/** A part of a URL that only the deployment knows. */
export function urlPartHole(url: "postgres" | "redis", index: number, part: string, sslMode?: string): Text {
  return secretHole({ hole: "part", index, url, part, ...(sslMode && { sslMode }) });
}
