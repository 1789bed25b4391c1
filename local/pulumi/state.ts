/** The state folder that the command shares with the local platform, when the command is the first to need it. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Marks a new folder as the platform's, so that `npm run local -- up` and `down` take it for theirs. */
export async function ensureState(state: string): Promise<void> {
  if (existsSync(state)) return;
  const { MARKER } = await import("../platform/up.js");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(state, MARKER), "");
}
