import { createHash } from 'node:crypto';
import type { RecallArm } from '@assent/contract';

const TWO_TO_32 = 2 ** 32;

/** The side of the comparison that a run belongs to: stable per run id, `share` of all runs are control runs. */
export function armOf(runId: string, share: number): RecallArm {
  const lot = createHash('sha256').update(`memory:${runId}`).digest().readUInt32BE(0) / TWO_TO_32;
  return lot < share ? 'control' : 'recall';
}
