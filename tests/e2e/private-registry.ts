// A registry that asks for credentials, beside the node's own: Debian's, in the network of the node.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import Docker from "dockerode";
import { readPlatform } from "../../local/platform/paths";
import { state } from "./commands";

/** The node's Docker engine. */
export const docker = () => new Docker({ socketPath: readPlatform()?.dockerHost.replace("unix://", "") });

const IMAGE = "debian:12-slim";

export class PrivateRegistry {
  private constructor(
    private readonly container: Docker.Container,
    private readonly folder: string,
    private readonly address: string,
  ) {}

  /** Starts one at `address`, which lets in whoever has these credentials. */
  static async start(address: string, username: string, password: string): Promise<PrivateRegistry> {
    const folder = mkdtempSync(join(state, "private-registry-"));
    writeFileSync(join(folder, "htpasswd"), `${username}:${hashSync(password, 4)}\n`);
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: "/data" } },
      http: { addr: address },
      auth: { htpasswd: { realm: "private", path: "/etc/registry/htpasswd" } },
    };
    writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
    const engine = docker();
    const pulled = await engine.pull(IMAGE);
    await new Promise((done) => engine.modem.followProgress(pulled, done));
    const container = await engine.createContainer({
      Image: IMAGE,
      Cmd: ["/registry", "serve", "/etc/registry/config.yml"],
      HostConfig: {
        NetworkMode: "host",
        Binds: ["/usr/bin/docker-registry:/registry:ro", `${folder}:/etc/registry:ro`],
        Tmpfs: { "/data": "" },
      },
    });
    await container.start();
    return new PrivateRegistry(container, folder, address);
  }

  /** Asks it inside the node's network: the status of the answer and its text. */
  async ask(path: string, credentials?: string): Promise<{ status: number; body: string }> {
    const program =
      "import sys,urllib.request,urllib.error,base64\n" +
      "r=urllib.request.Request(sys.argv[1])\n" +
      "if len(sys.argv)>2: r.add_header('Authorization','Basic '+base64.b64encode(sys.argv[2].encode()).decode())\n" +
      "try:\n a=urllib.request.urlopen(r)\nexcept urllib.error.HTTPError as e: a=e\n" +
      "print(a.status, a.headers.get('Docker-Content-Digest',''), a.read().decode())";
    const container = await docker().createContainer({
      Image: "python:3.11-slim",
      Cmd: [
        "python",
        "-c",
        program,
        `http://${this.address}/v2/${path}`,
        ...(credentials ? [credentials] : []),
      ],
      // A terminal's log comes as it was written, without a head for each piece.
      Tty: true,
      HostConfig: { NetworkMode: "host" },
    });
    try {
      await container.start();
      await container.wait();
      const log = (await container.logs({ stdout: true, stderr: true })) as unknown as Buffer;
      const text = log.toString();
      return { status: Number.parseInt(text, 10), body: text.slice(4) };
    } finally {
      await container.remove({ force: true });
    }
  }

  async stop(): Promise<void> {
    await this.container.remove({ force: true });
    rmSync(this.folder, { recursive: true });
  }
}
