// Texts with holes as Outputs: what only the deployment knows, put where it belongs.

import * as pulumi from "@pulumi/pulumi";
import { dockerConfig } from "../objects/pull-secret";
import type { Hole, Text } from "../plan/stack-plan";

/** Where the values of single holes come from. */
export type HoleFiller = (hole: Exclude<Hole, { hole: "docker-config" }>) => pulumi.Input<string>;

/** A text as the Output that it becomes. */
export type TextFiller = (text: Text) => pulumi.Output<string>;

/** Fills texts with the values that `value` gives; secret texts become secret Outputs. */
export function textFiller(value: HoleFiller): TextFiller {
  const text: TextFiller = ({ parts, secret }) => {
    const pieces = pulumi.all(
      parts.map((part) => {
        if (typeof part === "string") return part;
        if (part.hole !== "docker-config") return value(part);
        return pulumi
          .all([text(part.username), text(part.password)])
          .apply(([username, password]) => dockerConfig(part.server, username, password));
      }),
    );
    const joined = pieces.apply((all) => all.join(""));
    return secret ? pulumi.secret(joined) : joined;
  };
  return text;
}
