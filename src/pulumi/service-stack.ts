// The component. Its constructor is the table of contents; what it does stands in the files beside it.

import * as pulumi from "@pulumi/pulumi";
import { stackObjects } from "../objects/objects";
import { planStack } from "../plan/plan";
import type { Hole } from "../plan/stack-plan";
import { fileReader } from "../project/project";
import { mergeLayers, originIn } from "../schema/layers";
import { InvalidArgumentsError } from "../schema/problem";
import type { ServiceStackArgs } from "../schema/stack-args";
import { configuredLayers } from "./configuration";
import { buildImages } from "./images";
import { generatePasswords } from "./passwords";
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

  /** The namespace that everything lies in. */
  public readonly namespace!: pulumi.Output<string>;

  /** The image of each process: built ones with their digest. */
  public readonly images!: pulumi.Output<{ [process: string]: string }>;

  /** The secrets by name, marked as such. */
  public readonly secrets!: pulumi.Output<{ [name: string]: string }>;

  /** What `pulumi destroy` leaves in the cluster, for it holds data, and how to delete that for good. */
  public readonly retained!: pulumi.Output<{ [what: string]: string }>;

  constructor(name: string, args?: ServiceStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pulumi-service-stack:index:ServiceStack", name, {}, opts);

    const layers = configuredLayers(name, args);
    const readFile = fileReader(pulumi.getRootDirectory());
    const identity = { name, stack: pulumi.getStack(), readFile };
    const { plan, given, problems } = planStack(identity, mergeLayers(layers));
    if (problems.length > 0) {
      const error = new pulumi.RunError(new InvalidArgumentsError(name, problems, originIn(layers)).message);
      // Frames would tell the user nothing, and those of Pulumi's SDK keep Node 20 busy for most of a minute.
      error.stack = error.message;
      throw error;
    }

    const images = buildImages(name, plan.images, { parent: this });
    const passwords = generatePasswords(name, plan.passwords, { parent: this });
    const value = (hole: Exclude<Hole, { hole: "name" }>): pulumi.Input<string> => {
      switch (hole.hole) {
        case "image":
          return images.get(hole.image)?.repoDigest ?? "";
        case "generated":
          return passwords.get(hole.password)?.result ?? "";
        case "given":
          return given[hole.index] as pulumi.Input<string>;
      }
    };
    const text = ({ parts }: { parts: (string | Hole)[] }): pulumi.Output<string> =>
      pulumi.concat(
        ...parts.map((part) =>
          typeof part === "string" || part.hole === "name" ? String(part) : value(part),
        ),
      );

    const objects = stackObjects(plan);
    registerObjects(plan, objects, value, this);

    this.url = pulumi.output(plan.ingress?.url ?? "");
    this.namespace = pulumi.output(plan.namespace);
    this.images = pulumi.output(Object.fromEntries(plan.processes.map(({ id, image }) => [id, text(image)])));
    this.secrets = pulumi.secret(
      Object.fromEntries(plan.secrets.map((secret) => [secret.name, text(secret.value)])),
    );
    this.retained = pulumi.output(retained(objects.filter(({ keep }) => keep).map(({ object }) => object)));
    this.registerOutputs({
      url: this.url,
      namespace: this.namespace,
      images: this.images,
      secrets: this.secrets,
      retained: this.retained,
    });
  }
}

/** By kind; each value is short, for Pulumi cuts long ones when it shows what `destroy` has removed. */
function retained(objects: { kind: string; metadata: { name?: string } }[]): Record<string, string> {
  const namesOf = (wanted: string) =>
    objects.filter(({ kind }) => kind === wanted).map(({ metadata }) => metadata.name ?? "");
  const [namespace] = namesOf("Namespace");
  const claims = namesOf("PersistentVolumeClaim");
  return {
    Namespace: namespace ?? "",
    ...(claims.length > 0 && { PersistentVolumeClaims: claims.join(", ") }),
    deleteWith: `kubectl delete namespace ${namespace}`,
  };
}
