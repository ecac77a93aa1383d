/**
 * Builds a sandbox from fresh user, mount, pid, network, IPC and UTS namespaces where bubblewrap is missing: a root that shows
 * only the named paths, everything read-only except paths named `rw`, no capabilities, and no way to gain any.
 * The script is a constant. All values come as arguments, so nothing of a call is ever parsed as shell text.
 *
 * Arguments: bytes of /tmp · processes (0: not set here) · {ro|rw|link FROM TO}... · -- · working directory · command...
 *
 * - The new root is assembled on /sys, which programs do not need and which holds no workspace.
 * - The bind is recursive, because a plain bind would uncover what the system has hidden below a mount. Each mount is made
 *   read-only separately with its existing flags, which a user namespace may not drop.
 * - /proc is separate and read-only: a server that runs as root has rights on /proc/sys that need no capability. Where a
 *   container forbids mounting one, /proc is absent, because the host's would show other processes.
 * - Further user namespaces, which could grant new rights, and changes of the host's name are blocked where the system allows it.
 * - The process limit of pid namespaces (Linux 6.14) is for root, who is not bound by the limit per user.
 * - The shell stays as process 1, reaps orphans and reports the exit of the command. When it exits, all others end.
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
