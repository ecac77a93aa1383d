/** Longer than a ready server takes, shorter than the timeout of a container runtime. */
const TIMEOUT_MS = 3_000;
/** As in the settings; loading those would take longer than the check. */
const DEFAULT_PORT = '8080';

/** Exit status 0 when this machine's server is ready: a health check for images without curl. */
async function main(): Promise<void> {
  const url = `http://127.0.0.1:${process.env['PORT'] ?? DEFAULT_PORT}/readyz`;
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
