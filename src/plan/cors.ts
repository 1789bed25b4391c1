// Which sites' pages may use an API from a browser (CORS), as far as the names of variables tell it.

import type { Problem } from "../schema/problem";
import type { Tier } from "../schema/tier";
import type { VariablePlan } from "./stack-plan";
import { TIERS } from "./tiers";

const ORIGINS = /CORS.*ORIGIN/i;
const CREDENTIALS = /CORS.*CREDENTIALS/i;

/** A `*` alone, or as one of a list: `https://a,*`, `["*"]`. */
const ANY = /(^|[[,\s"'])\*($|[\],\s"'])/;
const YES = /^(1|true|yes|on)$/i;

/** What is wrong with the variables of one role; `written` tells where each stands, and whether it is the role's own. */
export function corsProblems(
  tier: Tier,
  env: readonly VariablePlan[],
  written: (name: string) => { path: string; own: boolean } | undefined,
): Problem[] {
  const text = ({ value }: VariablePlan) =>
    value.parts.every((part) => typeof part === "string") ? value.parts.join("") : "";
  const credentials = env.find((variable) => CREDENTIALS.test(variable.name) && YES.test(text(variable)));
  if (!credentials && !TIERS[tier].namedOrigins) return [];
  return env.flatMap((variable) => {
    const place = written(variable.name);
    if (!place?.own || !ORIGINS.test(variable.name) || !ANY.test(text(variable))) return [];
    return [
      {
        path: place.path,
        value: text(variable),
        reason: credentials
          ? `lets every site in, and ${credentials.name} sends cookies along: browsers refuse that, or any site acts as the user`
          : `lets every site in, in ${tier}`,
        remedy: "name the origins, e.g. `https://notes.example.com`, or `${ingress.url}` for the stack's own",
      },
    ];
  });
}
