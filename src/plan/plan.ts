// From arguments to a plan: a pure function, and the one place where the parts of a stack meet. Each part is
// planned in a file of its own; all of them report their mistakes into the same list.

import { join, related } from "../schema/path";
import { type Problem, presentable } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { suggest } from "../schema/suggest";
import { Tier } from "../schema/tier";
import { isUnset } from "../schema/unset";
import { validate } from "../schema/validate";
import { applyChecks } from "./checks";
import { configTarget } from "./config";
import { planCronJobs } from "./cron-jobs";
import { findCycle } from "./cycles";
import { planExtraObjects } from "./extra-objects";
import { overrideImages } from "./image-overrides";
import { planIngress } from "./ingress";
import { planJobs } from "./jobs";
import { planMetadata } from "./metadata";
import { planMonitoring } from "./monitoring";
import { asLabel, labelProblem } from "./names";
import { INGRESS, planNetwork } from "./network";
import { planPatches } from "./patches";
import { planPlacement } from "./placement";
import { planPod } from "./pods";
import { checkNodePorts } from "./ports";
import { type PlannedProcess, planProcess } from "./processes";
import { noFiles, type ReadFile } from "./project-files";
import { planQuota } from "./quota";
import { checkQueue } from "./redis";
import { plain, type Target, type Targets } from "./references";
import { planRegistry } from "./registry";
import { NOTHING, type Role, rolesOf } from "./roles";
import { planSecrets } from "./secrets";
import type { Edge, ImagePlan, PasswordPlan, PeerPlan, PodPlan, StackPlan } from "./stack-plan";
import type { GivenCheck } from "./store-plan";
import { claimsOf, planStores } from "./stores";
import { sharesBackend, withoutSwitchedOff } from "./switched-off";
import { planTelemetry } from "./telemetry";
import { TIERS } from "./tiers";
import type { Address, IngressPlan } from "./traffic-plan";
import { checkSharing, planVolumes, type VolumeUse } from "./volumes";

/** Which stack is planned. */
export interface StackIdentity {
  /** The component's name. */
  name: string;
  /** The Pulumi stack's name. */
  stack: string;
  /** The project's configuration by key; encrypted values as such, or as Outputs. */
  config?: Readonly<Record<string, unknown>>;
  /** Reads a file of the project; without it there are none. */
  readFile?: ReadFile;
  /** Images that were built before: the text of SERVICE_STACK_IMAGES, where it is set. */
  images?: string;
}

export interface Planned {
  /** Fit to deploy only where there are no problems. */
  plan: StackPlan;
  /** Outputs and encrypted values of the input; holes of kind `given` hold the index. */
  given: unknown[];
  problems: Problem[];
}

/** Plans the stack that `input` describes. It never throws: what is wrong is in `problems`. */
export function planStack(identity: StackIdentity, input: unknown): Planned {
  const { args: sound, given, problems: misshapen } = validate(input);
  // What needs a host isn't told as a mistake too, where there is one, though a wrong one.
  const args = misshapen.some(({ path }) => path === "host") ? { ...sound, host: "host.invalid" } : sound;
  const problems: Problem[] = [];
  const config = configTarget(identity.config ?? {}, given);
  const plan = planSound(identity, args, config, problems);
  // What has a wrong shape was left out of `args`; that it is missing there is no second mistake.
  const own = problems.filter(({ path }) => !misshapen.some((problem) => related(path, problem.path)));
  return { plan, given, problems: [...misshapen, ...own].map(presentable) };
}

function planSound(
  { name: written, stack, readFile = noFiles, images: prebuilt }: StackIdentity,
  given: ServiceStackArgs,
  config: Target,
  problems: Problem[],
): StackPlan {
  const name = planName(written, problems);
  const tier = planTier(stack, given.tier, problems);
  const { backend, ...whole } = overrideImages(name, given, prebuilt, tier, problems);
  const { args, off } = withoutSwitchedOff({ backend, ...whole });
  const namespace = args.namespace ?? `${name}-${stack}`;
  checkNamespace(namespace, args, problems);

  const openshift = args.openshift ?? false;
  const checks: GivenCheck[] = [];
  const context = { name, stack, tier, openshift, registry: args.registry, checks };
  const passwords: PasswordPlan[] = [];
  const images: ImagePlan[] = [];
  const roles = rolesOf({ ...args, backend }, problems).filter(({ id }) => !off.has(id));
  const secrets = planSecrets(args.secrets ?? {}, passwords, checks, problems);
  const { ingress, address, addresses } = planIngress(name, tier, args, roles, problems);

  const sources: Targets = {
    stack: { values: { name: plain(stack), tier: plain(tier), namespace: plain(namespace) } },
    secrets: { values: Object.fromEntries(secrets.map((secret) => [secret.name, secret.value])) },
    config,
  };
  const placement = planPlacement("", args, undefined, problems);
  const stores = planStores(args, roles, { ...context, placement, sources, passwords, checks, problems });
  const { upkeep } = stores;
  const targets: Targets = {
    ...processTargets(name, roles, addresses),
    ...sources,
    ...stores.targets,
    ...(address && { ingress: { values: { url: plain(address.url), host: plain(address.host) } } }),
    ...Object.fromEntries([...off].map(([id, path]) => [id, { values: {}, off: path }])),
  };
  const peers: PeerPlan[] = [...stores.peers];
  const telemetry = planTelemetry(args.telemetry, { ...context, namespace, targets, problems });
  if (telemetry) peers.push(telemetry.peer);
  const volumes = planVolumes(args.volumes ?? {}, claimsOf(args), context, problems);
  const volumeUses: VolumeUse[] = [];
  const pods = {
    ...context,
    namespace,
    readFile,
    targets,
    stores: stores.ready,
    beforeMigration: upkeep?.beforeMigration ?? [],
    clients: stores.clients,
    images,
    openshift,
    placement,
    volumes,
    volumeUses,
    peers,
    telemetry,
    monitoring: args.monitoring,
    problems,
  };
  const planned = roles.map((role) => planProcess(role, pods));
  const once = planJobs(args, backend, { processes: roles, stores: stores.named }, pods);
  const named = [
    ...roles,
    ...stores.named,
    ...Object.keys(args.tasks ?? {}).map((id) => ({ id, path: join("tasks", id) })),
  ];
  const scheduled = planCronJobs(args.cronJobs ?? {}, backend, named, pods);
  // Where it doesn't run, the mistakes of those who run its image are told at its own place all the same.
  if (backend && off.has("backend") && sharesBackend(args)) {
    planPod(
      { id: "backend", path: "backend", args: backend, taken: NOTHING },
      { ...pods, images: [], peers: [], volumeUses: [] },
    );
  }
  const behindJobs = <T extends PodPlan>(pod: T): T => ({ ...pod, after: [...once.first, ...pod.after] });
  const processes = planned.map(({ process }) => behindJobs(process));
  const cronJobs = scheduled.cronJobs.map(behindJobs);
  const running = [...processes, ...once.jobs, ...cronJobs];
  const between = [...scheduled.edges, ...planned.flatMap((role) => role.edges), ...once.edges];
  const placed = planned.map(({ process }, index) => ({ process, path: roles[index]?.path ?? process.id }));
  checkNodePorts(placed, problems);
  checkSharing(volumeUses, (role) => podsOf(role, roles, planned), problems);
  checkCycles(between, problems);
  const environments = new Map<string, PodPlan>([
    ...planned.map(({ process }, index) => [roles[index]?.path ?? process.id, process] as const),
    ...scheduled.cronJobs.map((cronJob) => [join("cronJobs", cronJob.id), cronJob] as const),
    ...once.jobs.map((job) => [job.id === "migration" ? job.id : join("tasks", job.id), job] as const),
  ]);
  applyChecks(args.checks, {
    tier,
    args: { ...args, backend },
    targets,
    environments,
    off: off.values(),
    given: checks,
    problems,
  });
  if (TIERS[tier].safeQueues) {
    const workers = roles.filter(({ kind }) => kind !== "server").map(({ id }) => id);
    checkQueue(args.redis, workers, between, problems);
  }
  const registry = planRegistry(args, images, problems);
  const watched = planMonitoring(args.monitoring, processes, peers, problems);
  const upkeepPods = [...(upkeep?.jobs ?? []), ...(upkeep?.cronJobs ?? [])];
  const inside = [...running.map(({ id }) => id), ...stores.inside];
  const patched = planPatches(args.patches ?? {}, {
    targets,
    roles: new Set([...inside, ...upkeepPods.map(({ id }) => id)]),
    problems,
  });
  const edges = distinct([
    ...between,
    ...patched.edges,
    ...ingressEdges(ingress),
    ...watched.edges,
    ...stores.edges,
  ]);

  const plan = {
    name,
    places: placesOf([
      ...["postgres", "redis", "migration"].map((id) => ({ id, path: id })),
      ...Object.keys(args.volumes ?? {}).map((id) => ({ id, path: join("volumes", id) })),
      ...Object.keys(args.cronJobs ?? {}).map((id) => ({ id, path: join("cronJobs", id) })),
      ...Object.keys(args.tasks ?? {}).map((id) => ({ id, path: join("tasks", id) })),
      ...stores.named,
      ...roles,
    ]),
    stack,
    tier,
    namespace,
    createNamespace: args.createNamespace ?? true,
    ...planMetadata(args, problems),
    placement,
    protect: TIERS[tier].protect,
    rolloutSeconds: TIERS[tier].rolloutSeconds,
    processes,
    jobs: [...(upkeep?.jobs ?? []), ...once.jobs],
    cronJobs: [...cronJobs, ...(upkeep?.cronJobs ?? [])],
    volumes: [...volumes, ...(upkeep?.volumes ?? [])],
    postgres: stores.postgres,
    redis: stores.redis,
    ...registry,
    images,
    runs: Object.fromEntries(running.map(({ id, image }) => [id, image])),
    passwords,
    backup: upkeep?.backup,
    secrets,
    given: { checks, weakSecrets: TIERS[tier].weakSecrets },
    ingress,
    urls: { stack: address?.url, processes: urlsOf(addresses) },
    edges,
    monitoring: watched.monitoring,
    network: planNetwork(args.networkPolicies, ingress, edges, peers, openshift, problems),
    patches: patched.patches,
    extraObjects: planExtraObjects(args.extraObjects ?? {}, {
      targets,
      roles: inside,
      order: running.flatMap(({ id, after }) => after.map((to) => ({ from: id, to }))),
      namespace,
      problems,
    }),
  };
  return { ...plan, quota: planQuota(args.quota, plan, problems) };
}

function processTargets(
  name: string,
  roles: readonly Role[],
  addresses: ReadonlyMap<string, Address>,
): Targets {
  const targets: Targets = {};
  for (const { id, args } of roles) {
    const host = `${name}-${id}`;
    const values: Target["values"] = {};
    if (args.port !== undefined) {
      Object.assign(values, {
        url: plain(`http://${host}:${args.port}`),
        host: plain(host),
        port: plain(String(args.port)),
      });
    }
    for (const [port, own] of Object.entries(args.ports ?? {})) {
      if (isUnset(own)) continue;
      Object.assign(values, { host: plain(host), [`ports.${port}`]: plain(String(own.port)) });
    }
    const address = addresses.get(id);
    const outside = address && { publicUrl: plain(address.url), publicHost: plain(address.host) };
    targets[id] = { role: id, values, ...(outside && { outside }) };
  }
  return targets;
}

/** How many pods of a role run at once, and where its arguments stand. */
function podsOf(role: string, roles: readonly Role[], planned: readonly PlannedProcess[]) {
  const count = planned.find(({ process }) => process.id === role)?.process.maxReplicas ?? 1;
  return { count, path: roles.find(({ id }) => id === role)?.path ?? role };
}

function placesOf(roles: readonly { id: string; path: string }[]): Record<string, string> {
  return Object.fromEntries(roles.map(({ id, path }) => [id, path]));
}

function distinct(edges: Edge[]): Edge[] {
  return [...new Map(edges.map((edge) => [JSON.stringify(edge), edge])).values()];
}

function urlsOf(addresses: ReadonlyMap<string, Address>): Record<string, string> {
  return Object.fromEntries([...addresses].map(([process, { url }]) => [process, url]));
}

function ingressEdges(ingress: IngressPlan | undefined): Edge[] {
  return [...new Set(ingress?.routes.map(({ process }) => process))].map((to) => ({ from: INGRESS, to }));
}

function planTier(stack: string, tier: Tier | undefined, problems: Problem[]): Tier {
  const known = Object.values(Tier);
  const named = known.find((name) => name === stack);
  if (tier === undefined && named === undefined) {
    problems.push({
      path: "tier",
      reason: `is missing, and the stack's name (${JSON.stringify(stack)}) doesn't tell it`,
      remedy: suggest(stack, known, "write `tier: dev`"),
    });
  } else if (tier !== undefined && named !== undefined && tier !== named) {
    problems.push({
      path: "tier",
      value: tier,
      reason: `is at odds with the stack's name, ${JSON.stringify(stack)}`,
      remedy: `write \`tier: ${named}\`, or give the stack another name`,
    });
  }
  return tier ?? named ?? Tier.dev;
}

/** The component's name; one that won't do is told once, and not with every name that is made from it. */
function planName(name: string, problems: Problem[]): string {
  const wrong = labelProblem("(the component's name)", name);
  if (!wrong) return name;
  problems.push(wrong);
  return asLabel(name).slice(0, 20).replace(/-+$/, "");
}

function checkNamespace(namespace: string, args: ServiceStackArgs, problems: Problem[]): void {
  const wrong = labelProblem(
    args.namespace === undefined ? "(the namespace, from the names of component and stack)" : "namespace",
    namespace,
  );
  if (wrong) problems.push(wrong);
}

function checkCycles(edges: Edge[], problems: Problem[]): void {
  const cycle = findCycle(edges);
  if (!cycle) return;
  problems.push({
    path: `${cycle[0]}.env`,
    reason: `refers to itself in a circle: ${cycle.join(" → ")}`,
    remedy: "take one of these references out; a public address can be had without one from `${ingress.url}`",
  });
}
