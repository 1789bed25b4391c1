// Settings of a PostgreSQL server that the user gives: those that can't be right are told here, for the server would not
// start with them, and its old pod would be gone by then.

import { distance } from "fastest-levenshtein";
import { join } from "../schema/path";
import type { Problem } from "../schema/problem";
import { SETTINGS } from "./postgres-settings";
import { quantity } from "./quantity";

/** What the package itself says to the server that it runs. */
const OWN: Record<string, string> = {
  data_directory: "lies on the volume",
  hba_file: "lets passwords in, and nobody without one",
  ident_file: "is not used",
  config_file: "is not used",
  external_pid_file: "is not used",
  listen_addresses: "is what the Service leads to",
  port: "is what the Service leads to",
  logging_collector: "would hide the log from `kubectl logs`",
  log_destination: "is what `kubectl logs` shows",
};

/** What CloudNativePG's operator refuses. https://cloudnative-pg.io/documentation/current/postgresql_conf/#fixed-parameters */
const OPERATORS =
  /^(allow_alter_system|allow_system_table_mods|archive_cleanup_command|archive_command|archive_mode|bonjour|bonjour_name|cluster_name|config_file|data_directory|data_sync_retry|event_source|external_pid_file|hba_file|hot_standby|ident_file|jit_provider|listen_addresses|log_destination|log_directory|log_file_mode|log_filename|log_rotation_age|log_rotation_size|log_truncate_on_rotation|logging_collector|port|primary_conninfo|primary_slot_name|recovery_\w+|restart_after_crash|restore_command|ssl|ssl_(ca|cert|crl|key|dh_params)_file|ssl_passphrase_command\w*|ssl_prefer_server_ciphers|synchronous_standby_names|syslog_\w+|unix_socket_\w+)$/;

/** Settings that are an amount of memory or disk. */
const AMOUNTS =
  /^(shared_buffers|temp_buffers|work_mem|maintenance_work_mem|autovacuum_work_mem|logical_decoding_work_mem|effective_cache_size|wal_buffers|max_wal_size|min_wal_size|wal_keep_size|max_slot_wal_keep_size|temp_file_limit|min_dynamic_shared_memory)$/;

/** Extensions that the server must have loaded from its start. */
const PRELOADED = ["pg_stat_statements", "pgaudit", "timescaledb", "pg_cron", "pg_partman_bgw"];

export interface ParametersContext {
  mode: "embedded" | "cloudnative-pg";
  extensions: readonly string[];
  /** The memory of the server's pod: its limit, or, with an operator that looks there, what is reserved. */
  memory: string;
  problems: Problem[];
}

/** The settings at `postgres.parameters`, with the libraries that extensions want. */
export function planParameters(
  given: { [name: string]: string } = {},
  { mode, extensions, memory, problems }: ParametersContext,
): Record<string, string> {
  for (const [name, value] of Object.entries(given)) {
    const path = join("postgres.parameters", name);
    const mistake = nameMistake(name, mode) ?? valueMistake(name, value);
    if (mistake) problems.push({ path, value, ...mistake });
  }
  checkFits(given.shared_buffers, memory, mode, problems);
  return { ...given, ...preload(given.shared_preload_libraries, extensions) };
}

type Mistake = Pick<Problem, "reason" | "remedy">;

function nameMistake(name: string, mode: ParametersContext["mode"]): Mistake | undefined {
  const lower = name.toLowerCase();
  if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/i.test(name)) {
    return {
      reason: "is not the name of a setting",
      remedy: "write it as PostgreSQL does: `max_connections`",
    };
  }
  if (mode === "cloudnative-pg") {
    if (OPERATORS.test(lower)) return { reason: "is the operator's own matter", remedy: "drop it" };
  } else if (Object.hasOwn(OWN, lower)) {
    return { reason: `is the package's own: it ${OWN[lower]}`, remedy: "drop it" };
  } else if (lower === "ssl" || lower.startsWith("ssl_")) {
    return {
      reason:
        "needs a certificate, and the embedded server has none: network policies let nobody else near it",
      remedy: "drop it, or take `mode: cloudnative-pg`, whose servers take encrypted connections",
    };
  }
  // Settings of extensions have a dot in their names, and are anybody's.
  if (name.includes(".") || SETTINGS.includes(lower)) return undefined;
  const near = SETTINGS.find((known) => distance(known, lower) <= 2);
  // What is near to none may be a newer version's.
  return near ? { reason: "is no setting of PostgreSQL's", remedy: `did you mean \`${near}\`?` } : undefined;
}

function valueMistake(name: string, value: string): Mistake | undefined {
  if (!AMOUNTS.test(name)) {
    return name === "max_connections" && !/^[1-9]\d*$/.test(value)
      ? { reason: "is not a number of connections", remedy: "write a whole number, such as `200`" }
      : undefined;
  }
  if (/^-?\d+(\.\d+)?\s*(B|kB|MB|GB|TB)?$/.test(value)) return undefined;
  const meant = /^\s*(\d+(?:\.\d+)?)\s*([kmgt])i?b?\s*$/i.exec(value);
  return {
    reason: "is not an amount as PostgreSQL writes it: B, kB, MB, GB or TB",
    remedy: meant
      ? `did you mean \`${meant[1]}${meant[2]?.toLowerCase() === "k" ? "kB" : `${meant[2]?.toUpperCase()}B`}\`?`
      : "write e.g. `256MB`",
  };
}

const UNITS: Record<string, number> = { B: 1, kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** What `shared_buffers` takes it has from the start; the rest of the server must fit beside it. */
function checkFits(
  value: string | undefined,
  memory: string,
  mode: ParametersContext["mode"],
  problems: Problem[],
): void {
  const match = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)?$/.exec(value ?? "");
  // Without a unit it is a number of blocks.
  const bytes = match ? Number(match[1]) * (match[2] ? (UNITS[match[2]] ?? 1) : 8192) : 0;
  const most = quantity(memory) ?? Number.POSITIVE_INFINITY;
  const own = mode === "embedded";
  if (own ? bytes < most * 0.8 : bytes <= most) return;
  problems.push({
    path: "postgres.parameters.shared_buffers",
    value,
    reason: own
      ? `does not fit into the memory limit (${memory}): the server would be killed`
      : `is more than the memory that is reserved (${memory}), which the operator refuses`,
    remedy: `drop it for a quarter of the limit, or raise postgres.resources.${own ? "limits" : "requests"}.memory`,
  });
}

function preload(given: string | undefined, extensions: readonly string[]): Record<string, string> {
  const listed = (given ?? "").split(",").map((name) => name.trim());
  const missing = extensions.filter((name) => PRELOADED.includes(name) && !listed.includes(name));
  if (missing.length === 0) return {};
  return { shared_preload_libraries: [...listed.filter((name) => name !== ""), ...missing].join(",") };
}
