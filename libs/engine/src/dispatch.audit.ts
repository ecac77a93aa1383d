import { recordAudit, type Cte } from '@assent/platform';
import type { StepDiff } from './work';

/** Says that an approved diff is about to be applied. It MUST commit before the effect begins. */
export function dispatchAudit({ id, hash, tool }: Pick<StepDiff, 'id' | 'hash' | 'tool'>): Cte {
  return recordAudit({
    action: 'diff.dispatch',
    actor: 'system:apply',
    subjectType: 'diff',
    subjectId: id,
    hash,
    detail: { tool },
  });
}
