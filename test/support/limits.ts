import { pbkdf2Sync } from 'node:crypto';
import { availableParallelism, loadavg } from 'node:os';

/** How the global setup passes the slowness of the machine to test files: by the environment, which Jest's workers inherit. */
const SLOWNESS_VARIABLE = 'TEST_SLOWNESS';
const ROUNDS = 200_000;
/** What the rounds take on an idle machine of the slower kind. */
const ROUNDS_MS = 150;

/** Measures how much longer a computation takes than on an idle machine. Called once, before the test files are run. */
export function measureSlowness(): void {
  const startedAt = performance.now();
  pbkdf2Sync('password', 'salt', ROUNDS, 32, 'sha256');
  process.env[SLOWNESS_VARIABLE] = String((performance.now() - startedAt) / ROUNDS_MS);
}

/**
 * A time limit for something that takes `ms` at most on an idle machine: the longer, the slower the machine was at the start
 * of the run and the more processes compete for a processor now. At least `ms`.
 */
export function scaled(ms: number): number {
  const measured = Number(process.env[SLOWNESS_VARIABLE] ?? 1);
  const [load = 0] = loadavg();
  return Math.ceil(ms * Math.max(1, measured, load / availableParallelism()));
}
