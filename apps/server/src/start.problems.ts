import { StartError } from '@assent/platform';

/** @throws StartError with the problems of all failed checks */
export async function requireAll(checks: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(checks);
  const problems = results.flatMap((result) => (result.status === 'rejected' ? problemsOf(result.reason) : []));
  if (problems.length > 0) throw new StartError(problems);
}

/** Each problem on its own line, for any error. */
export function problemsOf(error: unknown): string[] {
  const problems =
    error instanceof StartError ? error.problems : [error instanceof Error ? error.message : String(error)];
  return problems.map((problem) => problem.trim().replaceAll(/\s*\n\s*/g, ' '));
}
