// The component under Pulumi's mocks: what it registered.

import * as pulumi from "@pulumi/pulumi";
import { setAllConfig } from "@pulumi/pulumi/runtime";
import { ServiceStack } from "../../src/index";
import type { ServiceStackArgs } from "../../src/schema/stack-args";
import { sampleArgs } from "../sample";

export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, never>;
}

/** Runs the component as the program of `stack`, and returns what it registered. */
export async function deploy(
  stack: string,
  {
    args = sampleArgs(),
    config = {},
    secretKeys = [],
    dryRun = false,
  }: {
    args?: ServiceStackArgs;
    config?: Record<string, string>;
    secretKeys?: string[];
    dryRun?: boolean;
  } = {},
) {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, name, inputs });
        const outputs: Record<string, unknown> = { ...inputs };
        if (type.startsWith("docker:"))
          outputs.repoDigest = dryRun ? undefined : `registry/${name}@sha256:${"1".repeat(64)}`;
        if (type.startsWith("random:"))
          outputs.result = "overrideSpecial" in inputs ? "fbfffe" : `generated-${name}`;
        if (type.startsWith("kubernetes:"))
          outputs.metadata = { ...inputs.metadata, name: inputs.metadata.name ?? `${name}-1a2b3c4d` };
        return { id: name, state: outputs };
      },
      call: () => ({}),
    },
    "notes",
    stack,
    dryRun,
  );
  setAllConfig(config, secretKeys);
  const component = new ServiceStack("notes", args);
  const outputs = await new Promise<Record<string, never>>((done) => {
    // In a preview the digests are unknown, and so nothing is told of the outputs.
    if (dryRun) done({});
    pulumi
      .all([component.url, component.images, component.secrets, component.namespace, component.retained])
      .apply(([url, images, secrets, namespace, retained]) =>
        done({ url, images, secrets, namespace, retained } as never),
      );
  });
  // The last resource is registered some ticks after the last output is known.
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs();
  return { component, outputs, registered };
}

export const ofType = (registered: Registered[], type: string) =>
  registered.filter((resource) => resource.type === type);

/** Mocks get secrets in the wire's wrapping. */
export function secretValue(value: unknown): unknown {
  const wrapped = value as { value?: unknown } | undefined;
  return wrapped && typeof wrapped === "object" && "value" in wrapped ? wrapped.value : value;
}
