// From the input to Kubernetes objects, or to everything that is wrong with it: what pulumi and the command line begin
// with.

import { type Planned, planStack, type StackIdentity } from "../plan/plan";
import { type Problem, presentable } from "../schema/problem";
import { translate } from "./objects";
import type { StackObject } from "./stack-object";

export interface Described extends Planned {
  /** Fit to deploy only where there are no problems. */
  objects: StackObject[];
}

/** Describes the stack that `input` asks for. It never throws: what is wrong is in `problems`. */
export function describeStack(identity: StackIdentity, input: unknown): Described {
  const planned = planStack(identity, input);
  const { objects, problems } = translateAsFarAsCan(planned);
  // What was left out of an unsound plan is no second mistake.
  const further = problems.filter(({ path }) => !planned.problems.some((problem) => problem.path === path));
  return { ...planned, objects, problems: [...planned.problems, ...further.map(presentable)] };
}

function translateAsFarAsCan({ plan, problems: found }: Planned): {
  objects: StackObject[];
  problems: Problem[];
} {
  try {
    return translate(plan);
  } catch (error) {
    if (found.length === 0) throw error;
    // A plan with mistakes need not have objects; what is wrong with those is told once the plan is sound.
    return { objects: [], problems: [] };
  }
}
