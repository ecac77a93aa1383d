import type { ResolutionSource } from '@assent/contract';
import { learnStatements } from '@assent/memory';
import { RESOLVED, insertResolutions, type NewResolution } from '@assent/planner';
import { sql, type RunPart } from '@assent/platform';

/** Sources that observed the world. An expiry observed nothing, and a refutation repeats the finding of another run. */
const OBSERVING: ReadonlySet<ResolutionSource> = new Set<ResolutionSource>([
  'answer',
  'complete',
  'observation',
  'assumption/resolve',
]);

/** Stores resolutions and updates memory. */
export function storeResolutions(
  resolutions: readonly NewResolution[],
  source: ResolutionSource,
  actor: string,
): RunPart[] {
  const stored = insertResolutions(resolutions, source, actor);
  return OBSERVING.has(source) ? [stored, learnStatements(sql`${RESOLVED}`)] : [stored];
}
