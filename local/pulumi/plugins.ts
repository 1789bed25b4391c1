/** The choice between the official CLI and plugins and the local platform's stand-ins. */
import { join } from "node:path";
import { resolve } from "pulumi/lib/resolve";
import { officialAvailable } from "./official";
import { ensureStandIns } from "./stand-ins";

export type Choice = "official" | "local" | "auto";

export class Usage extends Error {}

export function parseChoice(value: string | undefined): Choice {
  if (value === undefined || value === "" || value === "auto") return "auto";
  if (value === "official" || value === "local") return value;
  throw new Usage(`SERVICE_STACK_PLUGINS must be official, local or auto, not "${value}"`);
}

export interface Homes {
  official: string;
  local: string;
}

/** The stand-ins have a home of their own: in the official one they would be taken for what they stand in for. */
export function homesOf(state: string, env: NodeJS.ProcessEnv): Homes {
  return {
    official: env.PULUMI_HOME || join(state, "pulumi-home"),
    local: join(state, "pulumi-home-local"),
  };
}

/** Whether the official ones are used, saying so where it is a surprise. */
export async function decide(choice: Choice, homes: Homes, state: string): Promise<"official" | "local"> {
  if (choice !== "auto") return choice;
  if (await officialAvailable(homes.official, join(state, "official-plugins.json"))) return "official";
  process.stderr.write(
    "official plugins can't be downloaded here; using the local platform's stand-ins " +
      "(SERVICE_STACK_PLUGINS=official to insist)\n",
  );
  return "local";
}

/** The CLI to start, after putting everything in its place. */
export async function cliFor(plugins: "official" | "local", homes: Homes): Promise<string> {
  if (plugins === "local") return ensureStandIns(homes.local);
  delete process.env.PULUMI_VERSION; // the official launcher would take another version than its own
  process.env.PULUMI_HOME = homes.official;
  return resolve();
}

export function pluginEnvironment(plugins: "official" | "local", homes: Homes): NodeJS.ProcessEnv {
  if (plugins === "official") return { PULUMI_HOME: homes.official };
  return {
    PULUMI_HOME: homes.local,
    // A plugin that happens to be on PATH fits another CLI; one that is missing can't be downloaded.
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}
