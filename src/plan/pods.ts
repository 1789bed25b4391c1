// What the pods of a role run, whatever the role: its image, its settings, and whom it talks to.

import type { ContainerArgs } from "../schema/container-args";
import type { MonitoringArgs } from "../schema/monitoring-args";
import type { Problem } from "../schema/problem";
import { planAccount } from "./accounts";
import { containerPathProblem } from "./container-path";
import { planEgress } from "./egress";
import { type EnvironmentContext, planEnvironment } from "./environment";
import { isGuarded, planFiles } from "./files";
import { type ImageContext, planImage } from "./images";
import { planAnnotations, planLabels } from "./metadata";
import { planMounts } from "./mounts";
import { labelProblem } from "./names";
import { API_SERVER } from "./network";
import { planPlacement } from "./placement";
import { planResources } from "./resources";
import type { Taken } from "./roles";
import { withScratchSpace } from "./scratch-space";
import type { Edge, ImagePlan, PeerPlan, PlacementPlan, PodPlan, VolumePlan } from "./stack-plan";
import type { StoreClient } from "./stores";
import { TIERS } from "./tiers";
import { planUser } from "./users";
import type { VolumeUse } from "./volumes";
import { planWaits } from "./waits";

/** What the pods of every role have to know of the stack. */
export interface PodContext extends ImageContext, EnvironmentContext {
  /** The roles of the stores, and what whoever talks to one waits for. */
  stores: ReadonlyMap<string, readonly string[]>;
  /** What a migration waits for beside what it talks to. */
  beforeMigration: readonly string[];
  /** How to ask the stores whether they answer, by the name that references have for each. */
  clients: ReadonlyMap<string, StoreClient>;
  /** The images that are built; those that are missing are added. */
  images: ImagePlan[];
  namespace: string;
  /** Who is outside of the stack; whoever a role talks to there is added. */
  peers: PeerPlan[];
  /** Whether the cluster chooses whom pods run as. */
  openshift: boolean;
  /** Where all pods may run. */
  placement: PlacementPlan;
  volumes: VolumePlan[];
  /** Who mounts which of them; those that are found are added. */
  volumeUses: VolumeUse[];
  monitoring?: MonitoringArgs;
}

/** Whose pods are planned. */
export interface PodRole {
  id: string;
  /** Where its arguments stand. */
  path: string;
  args: ContainerArgs;
  /** What of `args` was taken from the backend; mistakes in it are the backend's, and told there. */
  taken: Taken;
  /** The longest name that its objects may have. */
  nameLimit?: number;
}

export interface PlannedPod {
  pod: PodPlan;
  /** The roles that its references lead to. */
  roles: string[];
  /** Those of them that it doesn't merely take over from the backend. */
  ownRoles: string[];
  /** Whom it talks to: those roles, what its `egress` says, and the collector of telemetry. */
  edges: Edge[];
}

/** The pods of a role. */
export function planPod({ id, path, args, taken, nameLimit }: PodRole, context: PodContext): PlannedPod {
  const { problems, images } = context;
  const name = `${context.name}-${id}`;
  // A role's bad name is told at its own place.
  const long = labelProblem(path, id) ? undefined : labelProblem(`(the name of ${id})`, name, nameLimit);
  if (long) problems.push(long);
  const { settings } = taken;
  const environment = planEnvironment(id, path, args, settings, context);
  const placed = planFiles(path, args.files, settings?.files, context);
  const { mounts, volumes, used } = planMounts(path, args.mounts, placed.files, context.volumes, problems);
  const needsGroup = used.length > 0 || placed.files.some(isGuarded);
  const user = planUser(path, args, settings, { needsGroup, openshift: context.openshift }, problems);
  for (const use of used) context.volumeUses.push({ ...use, role: id, fsGroup: user.fsGroup });
  const defaults = TIERS[context.tier].processResources;
  const resources = planResources(`${path}.resources`, args.resources, defaults, problems);
  // A process may know its own address.
  const waits = planWaits(path, args, settings, context);
  const butItself = (...roles: string[]) => [...new Set(roles)].filter((role) => role !== id);
  const waitedFor = waits.map((wait) => wait.id);
  const roles = butItself(...environment.roles, ...placed.roles, ...waitedFor);
  const elsewhere = args.workingDir && containerPathProblem(`${path}.workingDir`, args.workingDir);
  if (elsewhere) problems.push(elsewhere);
  const pod: PodPlan = {
    id,
    name,
    image: taken.image
      ? planImage(id, path, args, { ...context, checks: [] }, images, [])
      : planImage(id, path, args, context, images, problems),
    readOnlyRoot: args.readOnlyRootFilesystem ?? true,
    command: args.command,
    args: args.args,
    workingDir: args.workingDir,
    env: environment.env,
    envFrom: environment.envFrom,
    resources: withScratchSpace(path, resources, args.resources, volumes, problems),
    user,
    account: planAccount(path, args.serviceAccount, name, problems),
    placement: planPlacement(path, args, context.placement, problems),
    labels: planLabels(`${path}.labels`, args.labels, problems),
    annotations: planAnnotations(`${path}.annotations`, args.annotations, problems),
    files: placed.files,
    mounts,
    volumes,
    waits,
    after: roles.flatMap((role) => context.stores.get(role) ?? [role]),
  };
  const { telemetry } = context;
  const outside = [
    ...planEgress(path, args, taken, context),
    ...(telemetry ? [telemetry.peer.id] : []),
    ...(pod.account.token ? [API_SERVER] : []),
  ];
  const edges = [...roles, ...outside].map((to) => ({ from: id, to }));
  return {
    pod,
    roles,
    ownRoles: butItself(...environment.ownRoles, ...placed.ownRoles, ...waitedFor),
    edges,
  };
}

/** A command that must be there must have words. */
export function checkCommand(path: string, command: string[], problems: Problem[]): void {
  if (command.length > 0) return;
  problems.push({
    path,
    value: [],
    reason: "is empty",
    remedy: 'write its words, e.g. `["python", "-m", "app.cleanup"]`',
  });
}
