// What no ingress leads to, as one person opens it: `kubectl port-forward`.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { readPlatform } from "../../local/platform/paths";

/** Opens a port of `target` (e.g. `svc/notes`) on this machine, until it is closed. */
export async function portForward(
  namespace: string,
  target: string,
  port: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const { state = "", kubeconfig = "" } = readPlatform() ?? {};
  const args = ["kubectl", "--kubeconfig", kubeconfig, "port-forward", "-n", namespace, target, `:${port}`];
  const child = spawn(join(state, "bin/node"), args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "close");
  const close = async () => {
    child.kill();
    await ended;
  };
  let said = "";
  const opened = new Promise<string>((done, failed) => {
    const listen = (chunk: Buffer) => {
      said += chunk;
      const found = /^Forwarding from 127\.0\.0\.1:(\d+)/m.exec(said)?.[1];
      if (found) done(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    ended.then(() => failed(new Error(`${target} was not opened: ${said}`)), failed);
  });
  return { url: `http://127.0.0.1:${await opened}`, close };
}
