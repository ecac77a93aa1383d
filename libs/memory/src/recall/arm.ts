import { createHash } from 'node:crypto';
import type { RecallArm } from '@assent/contract';

const TWO_TO_32 = 2 ** 32;

/** Which side of the comparison a run is on: always the same for one run id, `share` of all runs are control. */
export function armOf(runId: string, share: number): RecallArm {
  const lot = createHash('sha256').update(`memory:${runId}`).digest().readUInt32BE(0) / TWO_TO_32;
  return lot < share ? 'control' : 'recall';
}
