// `service-stack render`: the stack's objects as YAML.

import { resolve } from "node:path";
import { describeStack } from "../objects/describe";
import { fileConfig, fileLayers, identityOf, ProjectError, readProject } from "../project/project";
import { recordStacks } from "../render/program";
import { renderStack } from "../render/render";
import { mergeLayers, originIn } from "../schema/layers";
import { InvalidArgumentsError } from "../schema/problem";

/** The YAML of every stack that the program in `folder` makes. */
export function render(folder: string, stack: string): string {
  const project = readProject(resolve(folder));
  const recorded = recordStacks(project, stack);
  if (recorded.length === 0) {
    throw new ProjectError(
      `the program in ${project.root} makes no ServiceStack; is \`main\` in Pulumi.yaml right?`,
    );
  }
  const config = fileConfig(project, stack);
  const documents = recorded.map(({ name, args }) => {
    const layers = [{ source: "the program", value: args }, ...fileLayers(project.root, stack, name)];
    const identity = { ...identityOf(project.root, name, stack), config };
    const { plan, problems } = describeStack(identity, mergeLayers(layers));
    if (problems.length > 0) throw new InvalidArgumentsError(name, problems, originIn(layers));
    return renderStack(plan);
  });
  return documents.join("---\n");
}
