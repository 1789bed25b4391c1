/**
 * Which cluster a command works on: the one that the user names, else the local platform's. Never the
 * current context of the user's own kubeconfig: that may be anybody's production.
 */
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { readPlatform, stateFiles } from "../platform/paths";

/** Commands that do nothing useful without a cluster. */
const NEEDS_CLUSTER = ["up", "refresh", "destroy"];

const ANSWER_TIMEOUT_MS = 10_000; // a port where nobody listens refuses at once; a busy machine takes its time

/** Leads kubectl, the kubernetes provider and Docker to the local platform, whether it is up or not. */
export function platformEnvironment(state: string): NodeJS.ProcessEnv {
  const files = stateFiles(state);
  return {
    KUBECONFIG: files.kubeconfig,
    DOCKER_HOST: `unix://${files.dockerSocket}`,
    ...(existsSync(join(files.dockerConfig, "config.json")) ? { DOCKER_CONFIG: files.dockerConfig } : {}),
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1", timeout: ANSWER_TIMEOUT_MS });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on("connect", () => done(true))
      .on("timeout", () => done(false))
      .on("error", () => done(false));
  });
}

export async function platformIsUp(state: string): Promise<boolean> {
  const platform = readPlatform(state);
  return platform !== undefined && existsSync(platform.kubeconfig) && (await answers(platform.ports.api));
}

/** What to say when the platform isn't up, and whether the command can go on all the same. */
export function whenDown(command: string): { goesOn: boolean; message: string } | undefined {
  const choice = "or name a cluster of your own: SERVICE_STACK_CONTEXT=<context>";
  if (NEEDS_CLUSTER.includes(command)) {
    return {
      goesOn: false,
      message: `The local platform isn't up; start it: npm run local -- up (${choice})`,
    };
  }
  if (command === "preview") {
    const message = `The local platform isn't up, so this preview sees no cluster; start it: npm run local -- up (${choice})`;
    return { goesOn: true, message };
  }
  return undefined;
}
