// The component. Its constructor is the table of contents; what it does stands in the files beside it.

import * as pulumi from "@pulumi/pulumi";
import { describeStack } from "../objects/describe";
import type { StackPlan, Text } from "../plan/stack-plan";
import { identityOf } from "../project/project";
import { mergeLayers, originIn } from "../schema/layers";
import { InvalidArgumentsError } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { backups } from "./backups";
import { configuredLayers, projectConfig } from "./configuration";
import { judgedGiven } from "./given-checks";
import { givenNamespace } from "./given-namespace";
import { holeFiller, textFiller } from "./holes";
import { buildImages } from "./images";
import { generatePasswords } from "./passwords";
import { refusal } from "./refusal";
import { registerObjects } from "./register";

/**
 * One web product in one environment on Kubernetes.
 *
 * What all environments share is given here; what differs is read from `Pulumi.<stack>.yaml`, where it stands under
 * `<name>:stack` in the same words.
 *
 * @example
 * new ServiceStack("notes", {
 *   host: "notes.example.com",
 *   postgres: {},
 *   backend: { image: "ghcr.io/acme/notes:1.8.2", port: 8000, path: "/", env: { DATABASE_URL: "${postgres.url}" } },
 * });
 */
export class ServiceStack extends pulumi.ComponentResource {
  /** The public address, such as `https://notes.example.com`; empty where nothing is reachable from outside. */
  public readonly url!: pulumi.Output<string>;

  /** The public address of each process that has one. */
  public readonly urls!: pulumi.Output<{ [process: string]: string }>;

  /** The namespace that everything lies in. */
  public readonly namespace!: pulumi.Output<string>;

  /** The image of each role, built ones with their digest; as `SERVICE_STACK_IMAGES` they are what another stack runs. */
  public readonly images!: pulumi.Output<{ [role: string]: string }>;

  /** The secrets by name, marked as such; without those that stand in a Secret of the cluster's. */
  public readonly secrets!: pulumi.Output<{ [name: string]: string }>;

  /** What `pulumi destroy` leaves in the cluster, for it holds data, and how to delete that for good. */
  public readonly retained!: pulumi.Output<{ [what: string]: string }>;

  /** When the database's backups are made, where they lie, and how one is put back. */
  public readonly backups!: pulumi.Output<{ [what: string]: string }>;

  constructor(name: string, args?: ServiceStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pulumi-service-stack:index:ServiceStack", name, {}, opts);

    const layers = configuredLayers(name, args);
    const root = pulumi.getRootDirectory();
    const identity = { ...identityOf(root, name, pulumi.getStack()), config: projectConfig() };
    const { plan, objects, given, problems } = describeStack(identity, mergeLayers(layers));
    const origin = originIn(layers);
    if (problems.length > 0) throw refusal(new InvalidArgumentsError(name, problems, origin).message);

    const passwords = generatePasswords(name, plan.passwords, { parent: this });
    const value = holeFiller({ image: (id) => images.get(id), passwords, given });
    const text = textFiller(value);
    const images = buildImages(plan, text, { parent: this });

    // Before anything is created: what was given is sound, and the namespace is ours.
    const judged = judgedGiven(plan, given, origin, this);
    const ground = judged.then(() => givenNamespace(plan, { parent: this }));
    const registered = registerObjects(plan, objects, value, ground, origin, this);

    this.url = pulumi.output(plan.urls.stack ?? "");
    this.urls = pulumi.output(plan.urls.processes);
    this.namespace = pulumi.output(plan.namespace);
    this.images = pulumi.output(
      Object.fromEntries(Object.entries(plan.runs).map(([role, image]) => [role, text(image)])),
    );
    this.secrets = pulumi.secret(
      Object.fromEntries(
        plan.secrets.filter(({ value }) => !inCluster(value)).map(({ name, value }) => [name, text(value)]),
      ),
    );
    this.retained = pulumi.output(
      retained(
        plan,
        objects.filter(({ keep }) => keep).map(({ object }) => object),
      ),
    );
    this.backups = pulumi.output(backups(plan, registered));
    this.registerOutputs({
      backups: this.backups,
      url: this.url,
      urls: this.urls,
      namespace: this.namespace,
      images: this.images,
      secrets: this.secrets,
      retained: this.retained,
    });
  }
}

function inCluster({ parts }: Text): boolean {
  return parts.some((part) => typeof part !== "string" && part.hole === "secretKey");
}

/** By kind; each value is short, for Pulumi cuts long ones when it shows what `destroy` has removed. */
function retained(
  plan: StackPlan,
  objects: { kind: string; metadata: { name?: string } }[],
): Record<string, string> {
  const claims = objects
    .filter(({ kind }) => kind === "PersistentVolumeClaim")
    .map(({ metadata }) => metadata.name ?? "");
  const found = claims.length > 0 && { PersistentVolumeClaims: claims.join(", ") };
  if (plan.createNamespace) {
    return { Namespace: plan.namespace, ...found, deleteWith: `kubectl delete namespace ${plan.namespace}` };
  }
  return {
    ...found,
    ...(found && { deleteWith: `kubectl delete pvc -n ${plan.namespace} ${claims.join(" ")}` }),
  };
}
