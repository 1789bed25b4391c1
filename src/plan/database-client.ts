// Pods that talk to the database with its own programs: what makes its backups, and what makes it ready for the migration.

import type { FilePlan, PodPlan, PodVolumePlan, ResourcesPlan, StackPlan } from "./stack-plan";
import type { PostgresConnectionPlan } from "./store-plan";
import { plain } from "./text";

/** The role of the database. */
export const DATABASE = "postgres";

/** A new pod's way to the database may open some seconds after its start. What is wrong for longer, the next program says. */
export const WAIT_SCRIPT = `tries=0
until pg_isready --quiet --timeout=5; do
  tries=$((tries + 1))
  [ "$tries" -lt 30 ] || break
  sleep 2
done
`;

/** The programs of PostgreSQL and as whom they run. */
export interface ClientImage {
  image: string;
  /** Absent where the cluster chooses it. */
  runAsUser?: number;
}

interface Client {
  /** The role. */
  id: string;
  client: ClientImage;
  connection: PostgresConnectionPlan;
  resources: ResourcesPlan;
  command: string[];
  /** Its own variables, beside those that say where the database is. */
  variables: Record<string, string>;
  /** Scripts by their path. */
  files: Record<string, string>;
  /** Volumes by their path, beside `/tmp`. */
  volumes?: { path: string; volume: PodVolumePlan }[];
  after: string[];
}

/** The pod of such a client. The variables are libpq's: https://www.postgresql.org/docs/current/libpq-envars.html */
export function clientPod(
  { name, placement }: Pick<StackPlan, "name" | "placement">,
  { id, client, connection, resources, command, variables, files, volumes = [], after }: Client,
): PodPlan {
  const objectName = `${name}-${id}`;
  const { runAsUser } = client;
  return {
    id,
    name: objectName,
    image: plain(client.image),
    readOnlyRoot: true,
    command,
    env: [
      { name: "PGHOST", value: connection.host },
      { name: "PGPORT", value: connection.port },
      { name: "PGUSER", value: connection.user },
      { name: "PGPASSWORD", value: connection.password },
      { name: "PGDATABASE", value: connection.database },
      { name: "PGSSLMODE", value: connection.sslMode },
      { name: "PGAPPNAME", value: plain(objectName) },
      ...Object.entries(variables).map(([variable, value]) => ({ name: variable, value: plain(value) })),
    ],
    envFrom: [],
    resources,
    user: runAsUser === undefined ? {} : { runAsUser, runAsGroup: runAsUser, fsGroup: runAsUser },
    account: { name: objectName, existing: false, annotations: {}, token: false, rules: [] },
    placement,
    labels: {},
    annotations: {},
    files: Object.entries(files).map(
      ([path, content]): FilePlan => ({
        path,
        key: path.replace(/^.*\//, ""),
        content: plain(content),
        secret: false,
      }),
    ),
    mounts: [
      { path: "/tmp", volume: "tmp", readOnly: false },
      ...volumes.map(({ path, volume }) => ({ path, volume: volume.name, readOnly: false })),
    ],
    volumes: [{ name: "tmp", source: { emptyDir: {} } }, ...volumes.map(({ volume }) => volume)],
    waits: [],
    after,
  };
}
