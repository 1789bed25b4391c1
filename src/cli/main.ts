#!/usr/bin/env node
// The command line `service-stack`: each command is a thin user of plan and objects, and none needs a cluster,
// a Pulumi login, or Pulumi itself. Exit codes: 0 done, 1 the input has mistakes, 2 the command was used wrongly.

import { Command, CommanderError } from "commander";
import { ProjectError } from "../project/project";
import { InvalidArgumentsError } from "../schema/problem";
import { render } from "./render";

const program = new Command("service-stack")
  .description("One web product in dev, acceptance and production on Kubernetes")
  .exitOverride();

program
  .command("render")
  .description(
    "print the Kubernetes objects of a stack as YAML, without cluster, state or Pulumi; secrets are left out",
  )
  .requiredOption("-s, --stack <name>", "the stack, such as dev")
  .option("-C, --cwd <folder>", "the folder with Pulumi.yaml", ".")
  .action(({ stack, cwd }: { stack: string; cwd: string }) => {
    process.stdout.write(render(cwd, stack));
  });

try {
  program.parse();
} catch (error) {
  process.exitCode = exitCode(error);
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof InvalidArgumentsError || error instanceof ProjectError) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  throw error;
}
