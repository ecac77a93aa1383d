/**
 * Words by which a text would give permissions: more tools, fewer questions. What is remembered has no way to do so, the
 * guard never reads it; but a lesson that tries is no lesson, and a model might be talked round by it.
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

/** Whether a text would widen what a tool may do, if somebody took it for more than data. */
export function widens(text: string): boolean {
  const plain = text.normalize('NFKC').replace(/[\u200B-\u200F\u2060\uFEFF\u00AD]/gu, '');
  return WIDENING.some((pattern) => pattern.test(plain));
}
