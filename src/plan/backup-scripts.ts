// What runs in the pods that make backups and restore them: for any shell, with the programs of PostgreSQL's image.

import { WAIT_SCRIPT } from "./database-client";

/**
 * `backup.sh <folder> <name> <how many to keep>`. A dump gets its name once it is complete and all of it could be read
 * back; only then are older ones deleted. A list of its contents would not do: that stands at a dump's beginning.
 */
export const BACKUP_SCRIPT = `set -eu
umask 077
folder=/backups/$1 target=/backups/$1/$2.dump keep=$3
partial=$target.partial
mkdir -p "$folder"
if [ -e "$target" ]; then
  echo "There is a dump $1/$2.dump already, from before the first try."
  exit 0
fi
${WAIT_SCRIPT}
trap 'rm -f "$partial"' EXIT
echo "Dumping the database $PGDATABASE at $PGHOST."
pg_dump --format=custom --no-password --file="$partial"
pg_restore --list "$partial" >/tmp/contents
pg_restore --file=/dev/null "$partial"
mv "$partial" "$target"
trap - EXIT
echo "Complete: $1/$2.dump, $(wc -c <"$target") bytes, $(grep -c -v '^;' /tmp/contents || true) entries."
ls -1t "$folder"/*.dump | tail -n +$((keep + 1)) | while read -r old; do
  rm -f "$old"
  echo "Deleted: $1/\${old##*/}."
done
# What a run left that was killed.
find "$folder" -name '*.partial' -mmin +1440 -exec rm -f {} +
`;

/** `dump.sh`: one dump on schedule. */
export const SCHEDULED_SCRIPT = `set -eu
exec sh /etc/postgres-backup/backup.sh scheduled "$(date -u +%Y-%m-%dT%H-%M-%SZ)" "$KEEP"
`;

/** `dump.sh` before a migration: named as its Job, so that a second try finds what the first has made. */
export const BEFORE_MIGRATION_SCRIPT = `set -eu
exec sh /etc/postgres-backup/backup.sh before-migration "$JOB" "$KEEP"
`;

/**
 * Puts the dump `$DUMP` into the place of all that the database's owner has in it: the whole of it, or nothing. What is
 * there is dumped first, unless `$DUMP_FIRST` is false. Without `$DUMP` it says which dumps there are.
 */
export const RESTORE_SCRIPT = `set -eu
umask 077
cd /backups
if [ -z "\${DUMP:-}" ]; then
  echo "Set DUMP to one of these:"
  ls -lt */*.dump
  exit 0
fi
[ -f "$DUMP" ] || { echo "There is no dump $DUMP; these are:" >&2; ls -lt */*.dump >&2; exit 1; }
# Under a name of its own it outlasts the dump that follows, which deletes old ones.
ln -f "$DUMP" .restoring
trap 'rm -f .restoring' EXIT
# Extensions are there already, and what is said of them is their maker's.
pg_restore --list .restoring >/tmp/contents
grep -v ' COMMENT - EXTENSION ' /tmp/contents >/tmp/wanted
# Those that only a superuser can make are no reason to fail, unless something in the dump needs them.
psql --no-psqlrc --no-password --tuples-only --no-align --set=ON_ERROR_STOP=1 --output=/tmp/superusers --command="
  SELECT DISTINCT name FROM pg_available_extension_versions WHERE superuser AND NOT trusted
  AND name NOT IN (SELECT extname FROM pg_extension)
  AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
while read -r extension; do
  grep -q " EXTENSION - $extension " /tmp/wanted || continue
  echo "Left out: the extension $extension. The database doesn't have it, and only a superuser can make it."
  grep -v " EXTENSION - $extension " /tmp/wanted >/tmp/rest && mv /tmp/rest /tmp/wanted
done </tmp/superusers
[ "\${DUMP_FIRST:-true}" = false ] || sh /etc/postgres-backup/backup.sh before-restore "$(date -u +%Y-%m-%dT%H-%M-%SZ)" "$KEEP"
echo "Restoring $DUMP into the database $PGDATABASE at $PGHOST."
# pg_restore ends the transaction once it has read all of the dump; whatever fails before rolls it back.
{
  echo 'SET client_min_messages = error;'
  echo 'BEGIN;'
  echo 'DROP OWNED BY CURRENT_USER CASCADE;'
  echo 'CREATE SCHEMA IF NOT EXISTS public;'
  pg_restore --single-transaction --no-owner --no-privileges --use-list=/tmp/wanted --file=- .restoring ||
    touch /tmp/failed
} | psql --no-psqlrc --quiet --no-password --set=ON_ERROR_STOP=1 --output=/dev/null
[ ! -e /tmp/failed ] || { echo "The dump could not be read; nothing was changed." >&2; exit 1; }
echo "Restored."
`;
