/**
 * What makes a sandbox out of a fresh user, mount, pid, network, IPC and UTS namespace, where bubblewrap is missing: a root of
 * its own that shows only what is named, everything read-only but what is named `rw`, no capabilities, no way to get new ones.
 * A constant: all that varies comes as arguments, so nothing of a call is ever read as shell text.
 *
 * Arguments: bytes of /tmp · processes (0: not set here) · {ro|rw|link FROM TO}... · -- · working directory · command...
 *
 * - /sys is only where the new root is put together; nothing needs it, and no workspace lies below it.
 * - A recursive bind, because a plain one would uncover what the system has hidden below a mount; each mount of it is made
 *   read-only by itself, with the flags it has, which a user namespace may not drop.
 * - /proc is its own and read-only: a server that runs as root has rights on /proc/sys that need no capability. Where a
 *   container forbids mounting one, /proc is absent; the host's would show other processes.
 * - No further user namespaces, where new rights could be had, and not the host's name: both only where the system lets it.
 * - The process limit of pid namespaces (Linux 6.14) is for root, whom the limit per user does not bind.
 * - The shell that is left as process 1 collects orphans and tells the end of the command; when it ends, all others do.
 */
export const JAIL_SCRIPT = `set -eu
root=/sys
temp_bytes=$1
processes=$2
shift 2
read_only() {
  while read -r _ _ _ _ target options _; do
    case $target in *\\\\*) target=$(printf '%b' "$(printf %s "$target" | sed 's/\\\\\\([0-7][0-7][0-7]\\)/\\\\0\\1/g')") ;; esac
    case $target/ in "$1"/*) mount -o "remount,bind,ro,\${options#r[ow]}" "$target" ;; esac
  done </proc/self/mountinfo
}
mount -t tmpfs -o mode=0755,nosuid,nodev,size=1m none "$root"
mkdir "$root/proc" "$root/dev" "$root/tmp"
mount -t tmpfs -o "mode=1777,nosuid,nodev,size=$temp_bytes" none "$root/tmp"
if mount -t proc -o nosuid,nodev,noexec proc "$root/proc" 2>/dev/null; then
  if [ "$processes" -gt 0 ]; then echo "$processes" >"$root/proc/sys/kernel/pid_max"; fi
  hostname sandbox 2>/dev/null || { echo sandbox >"$root/proc/sys/kernel/hostname"; } 2>/dev/null || :
  { echo 0 >"$root/proc/sys/user/max_user_namespaces"; } 2>/dev/null || :
  mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc"
fi
while [ "$1" != -- ]; do
  kind=$1 from=$2 to=$root$3
  shift 3
  case $kind in
    link) ln -s "$from" "$to"; continue ;;
  esac
  if [ -d "$from" ]; then mkdir -p "$to"; elif ! [ -e "$to" ]; then mkdir -p "\${to%/*}"; : >"$to"; fi
  mount --rbind "$from" "$to"
  if [ "$kind" = ro ]; then read_only "$to"; fi
done
at=$2
shift 2
mount -o remount,bind,ro,nosuid,nodev "$root"
cd "$root"
pivot_root . .
umount -l .
cd "$at"
exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all sh -c '"$@"; exit $?' sh "$@"
`;
