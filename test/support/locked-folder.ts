import { SERVER_COMMAND } from './server-process';

/** Root may write everywhere: without these rights it may not. */
const WITHOUT_RIGHTS = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--inh-caps=-all'] as const;

/** Starts a server that the permissions of a folder bind, also where the tests run as root. */
export const BOUND_COMMAND =
  process.geteuid?.() === 0 ? ([...WITHOUT_RIGHTS, ...SERVER_COMMAND] as const) : SERVER_COMMAND;

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
