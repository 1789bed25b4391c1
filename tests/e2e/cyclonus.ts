// Cyclonus, a tool of others: it reads network policies and tells which connections they allow, without a cluster.
// https://github.com/mattfenwick/cyclonus

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { goVersion } from "../../local/platform/binaries";
import { cached, hashOf, hashOfFolder } from "../../local/platform/cache";
import { checkout } from "./commands";

/** One end of a connection: a pod, or an address outside of the cluster. */
export interface End {
  ip: string;
  pod?: { namespace: string; labels: Record<string, string> };
}

export interface Connection {
  from: End;
  to: End;
  port: number;
  protocol: "TCP" | "UDP";
}

/** Builds it, where that wasn't done before; returns the program's path. Its version stands in tests/cyclonus/go.mod. */
export async function buildCyclonus(): Promise<string> {
  const module = join(checkout, "tests/cyclonus");
  const key = `cyclonus-${hashOf(hashOfFolder(module), await goVersion(), process.arch)}`;
  const entry = await cached("bin", key, async (folder) => {
    const target = "github.com/mattfenwick/cyclonus/cmd/cyclonus";
    await execa(
      "go",
      ["build", "-buildvcs=false", "-ldflags", "-s -w", "-o", join(folder, "cyclonus"), target],
      {
        cwd: module,
        env: { CGO_ENABLED: "0" },
      },
    );
  });
  return join(entry, "cyclonus");
}

/** Which of the connections the policies allow. */
export async function allowed(
  policies: readonly object[],
  connections: readonly Connection[],
): Promise<boolean[]> {
  const program = await buildCyclonus();
  const folder = mkdtempSync(join(tmpdir(), "cyclonus-"));
  try {
    // A file with nothing in it but a list; JSON is YAML too.
    const list = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicyList", items: policies };
    writeFileSync(join(folder, "policies.yaml"), JSON.stringify(list));
    writeFileSync(join(folder, "traffic.json"), JSON.stringify(connections.map(traffic)));
    const { stdout } = await execa(
      program,
      [
        ...["analyze", "--mode", "query-traffic"],
        ...["--policy-path", join(folder, "policies.yaml")],
        ...["--traffic-path", join(folder, "traffic.json")],
      ],
      { maxBuffer: 2 ** 30 },
    );
    const answers = [...stdout.matchAll(/IS ALLOWED\?\s*\|\s*(TRUE|FALSE)/g)].map(
      ([, answer]) => answer === "TRUE",
    );
    if (answers.length !== connections.length) {
      throw new Error(`${connections.length} connections were asked for, and ${answers.length} answered`);
    }
    return answers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function traffic({ from, to, port, protocol }: Connection) {
  return {
    Source: end(from),
    Destination: end(to),
    ResolvedPort: port,
    ResolvedPortName: "",
    Protocol: protocol,
  };
}

function end({ ip, pod }: End) {
  return {
    IP: ip,
    ...(pod && {
      Internal: {
        Namespace: pod.namespace,
        NamespaceLabels: { "kubernetes.io/metadata.name": pod.namespace },
        PodLabels: pod.labels,
      },
    }),
  };
}
