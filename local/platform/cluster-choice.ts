/** Which cluster the quickstart works on: the one that the user names, or else the embedded node. */
import { basename } from "node:path";
import { findProject, namesCluster, stackFile } from "../pulumi/project";
import { checkoutDir } from "./paths";

/** The user's own cluster in a few words, or undefined where the embedded node is meant. */
export function usersCluster(stack: string): string | undefined {
  const context = process.env.SERVICE_STACK_CONTEXT;
  if (context) return `the context ${context} (SERVICE_STACK_CONTEXT)`;
  const project = findProject(checkoutDir);
  const file = project && stackFile(project, stack);
  return file && namesCluster(file) ? `the cluster that ${basename(file)} names` : undefined;
}
