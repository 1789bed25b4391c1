// Whose field is whose: server-side apply removes what a manager no longer sends, but only among the fields it
// owns. So an update first takes over what was written in another way, and leaves alone what others own.
import { type Cluster, isApiError } from "./cluster";
import { steps } from "./diff";
import {
  dig,
  type Fields,
  fields,
  isFields,
  items,
  type KubeObject,
  nameOf,
  namespaceOf,
  text,
} from "./object";

/** Ways of writing whose fields are the user's own: this provider's creates, and kubectl's. */
const ownWays = [
  ["kubectl", "Apply"],
  ["kubectl", "Update"],
  ["before-first-apply", "Update"],
  ["pulumi-kubernetes", "Update"],
  ["pulumi-resource-kubernetes", "Update"],
] as const;

const isOwnWay = (entry: Fields) =>
  text(entry, "subresource") === "" &&
  ownWays.some(([name, way]) => text(entry, "manager").startsWith(name) && text(entry, "operation") === way);

const union = (one: Fields, other: Fields): Fields => {
  const result: Fields = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const mine = result[key];
    result[key] = isFields(mine) && isFields(value) ? union(mine, value) : value;
  }
  return result;
};

const entriesOf = (live: Fields) => items(live, "metadata", "managedFields") as Fields[];

/** The list of managers after `manager` has taken over; undefined where there is nothing to take. */
export function takenOver(live: Fields, manager: string): Fields[] | undefined {
  const entries = entriesOf(live);
  const isOurs = (entry: Fields) =>
    text(entry, "manager") === manager && text(entry, "operation") === "Apply";
  const taken = entries.filter((entry) => !isOurs(entry) && isOwnWay(entry));
  if (taken.length === 0) return undefined;
  const ours = entries.filter(isOurs);
  const all = [...ours, ...taken].map((entry) => fields(entry, "fieldsV1")).reduce(union, {});
  const latest = (ours[0] ?? taken[0]) as Fields;
  const kept = entries.filter((entry) => !ours.includes(entry) && !taken.includes(entry));
  return [...kept, { ...latest, manager, operation: "Apply", fieldsV1: all }];
}

export async function takeOver(cluster: Cluster, live: KubeObject, manager: string): Promise<KubeObject> {
  let current = live;
  for (let attempt = 0; ; attempt++) {
    const managedFields = takenOver(current, manager);
    if (managedFields === undefined) return current;
    const resourceVersion = text(current, "metadata", "resourceVersion");
    try {
      return await cluster.patch(current, [
        { op: "replace", path: "/metadata/managedFields", value: managedFields },
        { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
      ]);
    } catch (error) {
      // Somebody else, a controller mostly, has written meanwhile.
      if (!isApiError(error, "Conflict") || attempt === 4) throw error;
      current = await cluster.get(current);
    }
  }
}

/** Gives up all fields: those that nobody else manages fall back to their defaults. */
export async function relinquish(cluster: Cluster, object: Fields, manager: string): Promise<void> {
  const namespace = namespaceOf(object);
  const metadata = { name: nameOf(object), ...(namespace ? { namespace } : {}) };
  const bare = { apiVersion: text(object, "apiVersion"), kind: text(object, "kind"), metadata };
  await cluster.apply(bare, { fieldManager: manager, dryRun: false });
}

/** Ignored fields are sent as they are in the cluster, or not at all where they are another manager's. */
export function keepIgnored(inputs: KubeObject, live: KubeObject, ignored: string[], manager: string): void {
  for (const path of ignored) {
    const way = steps(path);
    const marks = way.map((step) => `f:${step}`);
    const owners = entriesOf(live).filter((entry) => dig(entry, "fieldsV1", ...marks) !== undefined);
    const ours = owners.some((entry) => text(entry, "manager") === manager);
    const parent = dig(inputs, ...way.slice(0, -1));
    const last = way.at(-1);
    if (last === undefined || !isFields(parent)) continue;
    const current = dig(live, ...way);
    if (owners.length > 0 && !ours) delete parent[last];
    else if (current !== undefined) parent[last] = structuredClone(current);
  }
}

/** A conflict over fields, told with the name of the manager whose apply met it. */
export function explained(error: unknown, manager: string): unknown {
  if (!isApiError(error, "Conflict")) return error;
  const link =
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/" +
    "#handle-field-conflicts-on-existing-resources";
  return new Error(
    `server-side apply field conflict detected, see ${link} for troubleshooting help\n` +
      `The resource managed by field manager "${manager}" had an apply conflict: ${error.message}`,
  );
}
