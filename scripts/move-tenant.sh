#!/usr/bin/env bash
# Copies all rows of one tenant into the database of another installation of the same version: `move-tenant.sh TENANT`, from
# DATABASE_URL to NEW_DATABASE_URL, which needs a superuser: triggers and foreign keys are off while rows are copied, so that
# the audit chain keeps its hashes. docs/capacity.md has the steps before and after.
set -euo pipefail

tenant=${1:?Name the tenant: move-tenant.sh TENANT}
for name in DATABASE_URL NEW_DATABASE_URL; do
  if [[ ${!name} =~ [?\&]password= ]]; then echo "$name has its password in the query. Write it before the host: postgres://user:password@host/database." >&2; exit 1; fi
done
# Every user of this machine sees the arguments of psql, so the password of a URL goes into its environment.
at() {
  local url=$1; shift
  if [[ $url =~ ^([a-z]+://[^:/@]*):([^@/]*)@(.*)$ ]]; then
    local encoded=${BASH_REMATCH[2]//\\/\\\\}
    url="${BASH_REMATCH[1]}@${BASH_REMATCH[3]}"
    export PGPASSWORD; printf -v PGPASSWORD '%b' "${encoded//%/\\x}"
  fi
  psql "$url" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}
from() (at "$DATABASE_URL" "$@")
into() (at "$NEW_DATABASE_URL" "$@")

[[ $tenant =~ ^[A-Za-z0-9._-]+$ ]] || { echo "The tenant \"$tenant\" has a character other than letters, digits, dot, underscore and hyphen. Copy its rows by hand as this script does." >&2; exit 1; }
versions="select string_agg(name, ' ' order by name) from migrations"
[ "$(from -c "$versions")" = "$(into -c "$versions")" ] || { echo 'The schemas differ. Bring both installations to one version.' >&2; exit 1; }

tables=$(from -c "select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name)
  where table_schema = 'public' and column_name = 'tenant_id' and table_type = 'BASE TABLE' order by 1")
# One snapshot of the source, one transaction of the target.
dump=$(mktemp -d)
trap 'rm -rf "$dump"' EXIT
{
  echo 'begin isolation level repeatable read read only;'
  for table in $tables; do
    columns=$(from -c "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) from information_schema.columns
      where table_schema = 'public' and table_name = '$table' and is_generated = 'NEVER'")
    echo "\\copy (select $columns from $table where tenant_id = '$tenant') to '$dump/$table'"
    echo "\\copy $table ($columns) from '$dump/$table'" >> "$dump/import.sql"
  done
  echo 'commit;'
} > "$dump/export.sql"
from -f "$dump/export.sql"
into --single-transaction -c 'set session_replication_role = replica' -f "$dump/import.sql"
# Later events must come after those that were copied.
into -c "select setval(pg_get_serial_sequence('approval_events', 'place'), greatest(max(place), 1)) from approval_events" > /dev/null
for table in $tables; do
  count=$(wc -l < "$dump/$table")
  if [ "$count" -gt 0 ]; then echo "$table $count"; fi
done
