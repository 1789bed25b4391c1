// Extensions of the database. The owner of a database can make those that PostgreSQL trusts; where the stack runs the server,
// the others are made at its start. A Job then makes sure of all of them, before the migration may miss one: so a name that
// the image doesn't know stops the deployment, and not the database.

import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { WAIT_SCRIPT } from "./database-client";

/** The extensions at `postgres.extensions`, each once. */
export function planExtensions(given: readonly string[] = [], problems: Problem[]): string[] {
  for (const [index, name] of given.entries()) {
    if (/^[A-Za-z][\w-]*$/.test(name)) continue;
    problems.push({
      path: join("postgres.extensions", index),
      value: name,
      reason: "is not the name of an extension",
      remedy: "write it as `CREATE EXTENSION` takes it, without quotes: `pg_trgm`",
    });
  }
  return [...new Set(given)];
}

/** Makes sure of the extensions in `$EXTENSIONS`. */
export const EXTENSIONS_SCRIPT = `set -eu
${WAIT_SCRIPT}
for extension in $EXTENSIONS; do
  PGOPTIONS="-c client_min_messages=warning" psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 \\
    --command="CREATE EXTENSION IF NOT EXISTS \\"$extension\\""
  echo "The database has the extension $extension."
done
`;
