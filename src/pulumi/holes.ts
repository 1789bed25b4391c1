// Texts with holes as Outputs: what only the deployment knows, put where it belongs.

import { createHash } from "node:crypto";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type * as random from "@pulumi/random";
import { dockerConfig } from "../objects/pull-secret";
import type { Hole, Text } from "../plan/stack-plan";
import { encodedFor } from "../plan/text";
import { urlPart } from "../plan/url-parts";

/** Where the values of single holes come from. */
export type HoleFiller = (hole: Exclude<Hole, { hole: "docker-config" | "digest" }>) => pulumi.Input<string>;

/** A text as the Output that it becomes. */
export type TextFiller = (text: Text) => pulumi.Output<string>;

/** Fills texts with the values that `value` gives; secret texts become secret Outputs. */
export function textFiller(value: HoleFiller): TextFiller {
  const text: TextFiller = ({ parts, secret, usual }) => {
    const [only] = parts;
    // What the user gave as a whole stays what it is: a number too, in a patch.
    if (
      parts.length === 1 &&
      typeof only === "object" &&
      only.hole === "given" &&
      !only.encodings &&
      !secret
    ) {
      return pulumi.output(value(only));
    }
    const pieces = pulumi.all(
      parts.map((part) => {
        if (typeof part === "string") return part;
        if (part.hole === "digest") return text(part.of).apply(digest);
        if (part.hole !== "docker-config") return value(part);
        return pulumi
          .all([text(part.username), text(part.password)])
          .apply(([username, password]) => dockerConfig(part.server, username, password));
      }),
    );
    const joined = pieces.apply((all) => all.join(""));
    if (usual !== undefined) {
      const open = typeof usual === "number" ? joined.apply(Number) : joined;
      return pulumi.unsecret(open as pulumi.Output<string>);
    }
    return secret ? pulumi.secret(joined) : joined;
  };
  return text;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** What holes are filled from. */
export interface Sources {
  image: (id: string) => docker.Image | undefined;
  passwords: ReadonlyMap<string, random.RandomPassword>;
  /** Outputs and encrypted values of the input. */
  given: readonly unknown[];
}

/** Fills holes from what was built, generated and given. */
export function holeFiller({ image, passwords, given }: Sources): HoleFiller {
  const raw: HoleFiller = (hole) => {
    switch (hole.hole) {
      case "image":
        return image(hole.image)?.repoDigest ?? "";
      case "generated": {
        const password = passwords.get(hole.password)?.result ?? "";
        const { format = "hex" } = hole;
        return format === "hex"
          ? password
          : pulumi.output(password).apply((digits) => formatted(digits, format));
      }
      case "given":
        return given[hole.index] as pulumi.Input<string>;
      case "name":
        throw new Error(`the name of ${hole.object} is known only among the objects`);
      case "part":
        return pulumi.output(given[hole.index] as pulumi.Input<string>).apply((url) => urlPart(hole, url));
      case "secretKey":
        throw new Error(`the Secret ${hole.name} is read by pods alone`);
    }
  };
  return (hole) =>
    hole.encodings ? pulumi.output(raw(hole)).apply((value) => encodedFor(hole, value)) : raw(hole);
}

/** The bytes that hexadecimal digits stand for, in another format. */
function formatted(digits: string, format: "base64" | "base64url"): string {
  const text = Buffer.from(digits, "hex").toString("base64");
  return format === "base64" ? text : text.replaceAll("+", "-").replaceAll("/", "_");
}
