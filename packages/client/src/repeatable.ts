import type { MethodName } from '@assent/contract';

/** Methods that change nothing: by their last word, and those about streams. */
const READS = /(?:^|\/)(?:get|list|count|search|check|score|export|head|events|calibration)$|^stream|^rpc\./;
/** Methods that change something and answer a repetition as they did the first time. */
const IDEMPOTENT =
  /^(?:approval\/decide(?:_many)?|complete|diff\/revert|memory\/(?:import|plan\/apply)|pause\/(?:clear|set)|run\/cancel)$/;

/** Whether a call may be repeated when it is unknown if it was carried out: reads, decisions, and what has an idempotency key. */
export function isRepeatable(method: MethodName, params: object): boolean {
  return READS.test(method) || IDEMPOTENT.test(method) || 'idempotencyKey' in params;
}
