/**
 * Words by which a text would grant permissions: more tools, fewer approvals. Memory cannot grant any, because the
 * guard never reads it. But such a text is not a lesson, and a model might follow it.
 */
const WIDENING: readonly RegExp[] = [
  /\b(?:bypass|skip|disable|ignore|override|circumvent|turn off|switch off|avoid)\w*\b[^.\n]{0,60}\b(?:approval|approvals|policy|policies|guard|review|reviewer|permission|permissions|safety|sandbox|redaction)\b/i,
  /\b(?:without|no)\s+(?:any\s+)?(?:approval|review|permission|asking)\b[^.\n]{0,40}\b(?:needed|required|necessary)\b/i,
  /\b(?:do not|don't|never|no need to|need not)\s+(?:ask|wait)\b[^.\n]{0,40}\b(?:approval|permission|reviewer|review|assent)\b/i,
  /\b(?:allow|permit|grant|authori[sz]e|enable|whitelist|allowlist|auto-?approve)\w*\b[^.\n]{0,60}\b(?:tool|tools|scope|scopes|permission|permissions|access|admin|shell|write|writes|delete|everything|all calls)\b/i,
  /\b(?:ignore|disregard|forget)\b[^.\n]{0,30}\b(?:previous|above|earlier|prior|system|all)\b[^.\n]{0,30}\b(?:instruction|instructions|prompt|prompts|rules)\b/i,
  /\b(?:approval:decide|tool:admin|memory:admin|SELF_APPROVAL|POLICY_FILE)\b/,
  /"verdict"\s*:\s*"allow"/i,
];

/** Whether a text would widen the permissions of a tool if it were followed. */
export function widens(text: string): boolean {
  const plain = text.normalize('NFKC').replace(/[\u200B-\u200F\u2060\uFEFF\u00AD]/gu, '');
  return WIDENING.some((pattern) => pattern.test(plain));
}
