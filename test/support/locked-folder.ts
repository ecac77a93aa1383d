import { SERVER_COMMAND } from './server-process';

/** Before a command that the permissions of a folder bind, also where the tests run as root, which may write everywhere. */
export const BOUND =
  process.geteuid?.() === 0
    ? (['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all'] as const)
    : ([] as const);

/** Starts a server that the permissions of a folder bind. */
export const BOUND_COMMAND = [...BOUND, ...SERVER_COMMAND] as const;

/** Changes a file of `open` and deletes one of `locked`. */
export const LOCKED_PATCH = `diff --git a/open/a.txt b/open/a.txt
--- a/open/a.txt
+++ b/open/a.txt
@@ -1 +1 @@
-before
+after
diff --git a/locked/gone.txt b/locked/gone.txt
deleted file mode 100644
--- a/locked/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
`;
