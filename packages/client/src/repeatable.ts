import type { MethodName } from '@assent/contract';

/** Methods that change nothing: by their last word, and those about streams. */
const READS = /(?:^|\/)(?:get|list|count|search|check|score|export|head|events|calibration)$|^stream|^rpc\./;
/** Methods that change something and answer a repetition as they did the first time. */
const IDEMPOTENT: readonly string[] = [
  'approval/decide',
  'approval/decide_many',
  'complete',
  'memory/import',
  'memory/plan/apply',
  'run/cancel',
] satisfies MethodName[];

/** Whether a call may be repeated when it is unknown if it was carried out: reads, decisions, and what has an idempotency key. */
export function isRepeatable(method: MethodName, params: object): boolean {
  return READS.test(method) || IDEMPOTENT.includes(method) || 'idempotencyKey' in params;
}
