import { Type } from '@sinclair/typebox';
import { ActionInputSchema } from '@assent/contract';
import { canonicalJson, compiled, endOfText, excerpt } from '@assent/platform';
import { completeActions } from '../params';
import type { Proposal } from './step-request';

/** Maximum characters of reasoning kept per plan in a search. Keeps the end, which leads to the proposal. */
const TRACE_KEPT_CHARS = 24_000;
/** Maximum actions named in a summary. */
const SUMMARY_ACTIONS = 6;
const LABEL_CHARS = 120;

const StoredSchema = Type.Object({
  trace: Type.String(),
  actions: Type.Array(ActionInputSchema, { minItems: 1 }),
  degraded: Type.Boolean(),
  warnings: Type.Array(Type.String()),
});

/** A plan as an answer of a search: text that a judge can read and `readProposal` can parse. */
export function proposalText({ trace, actions, degraded, warnings }: Proposal): string {
  return JSON.stringify({ trace: endOfText(trace, TRACE_KEPT_CHARS), actions, degraded, warnings });
}

/** null: the text is not a plan. */
export function readProposal(text: string): Proposal | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Redaction may have broken the JSON; then there is no plan.
    return null;
  }
  const isStored = compiled(StoredSchema);
  if (!isStored(value)) return null;
  return { ...value, actions: completeActions(value.actions) };
}

/** Two plans with the same proposal are equal, regardless of their text. */
export function proposalKey({ actions }: Proposal): string {
  return canonicalJson(actions.map(({ id: _, ...action }) => action));
}

/** Summary of the proposal for people. */
export function proposalSummary({ actions }: Proposal): string {
  const labels = actions.slice(0, SUMMARY_ACTIONS).map(({ label }) => excerpt(label, LABEL_CHARS));
  const more = actions.length - labels.length;
  return [...labels, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
