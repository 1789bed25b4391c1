// The recorded behaviour of the official provider, and what tests need to speak of it: see recordings/.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Fields } from "../../../local/plugins/kubernetes/object";

const folder = join(__dirname, "recordings").replace("/dist/tests/", "/tests/");
const read = (file: string) => readFileSync(join(folder, file), "utf8");

/** One kubernetes object before and after one change: what the engine did, in order, and what it showed. */
export interface Change {
  case: string;
  /** The class in the SDK: `apps.v1.Deployment`. */
  type: string;
  before: Fields | null;
  after: Fields | null;
  operations: string[];
  detailedDiff: Record<string, string>;
}
export const changes = read("changes.jsonl")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Change);

interface Run {
  times: Record<string, { seconds: number; ended: "created" | "failed" }>;
  ops: Record<string, string[]>;
  messages: Record<string, string[]>;
}
/** A first `up` of objects that become ready, fail or never get there, and the same program again. */
export const waits = JSON.parse(read("await.json")) as { await: Run; awaitAgain: Run };
export const drift = JSON.parse(read("drift.json")) as Record<string, Record<string, string[]>>;
export const states = JSON.parse(read("state.json")) as Record<
  string,
  { id: string; inputs: Fields; outputs: Fields }
>;

const groups: Record<string, string> = {
  rbac: "rbac.authorization.k8s.io",
  networking: "networking.k8s.io",
  core: "",
};

/** `rbac.v1.Role` as the SDK sends it: type token, apiVersion and kind. */
export function identity(type: string) {
  const [group = "", version = "", kind = ""] = type.split(".");
  const full = groups[group] ?? group;
  const apiVersion = full === "" ? version : `${full}/${version}`;
  return { token: `kubernetes:${full || "core"}/${version}:${kind}`, apiVersion, kind };
}
