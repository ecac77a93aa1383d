import { Type } from '@sinclair/typebox';
import { ActionInputSchema } from '@assent/contract';
import { compiled, endOfText } from '@assent/platform';
import { canonicalJson } from '../hash';
import { completeActions } from '../params';
import type { Proposal } from './step-request';

/** Reasoning that is kept of one plan in a search, in characters: the end, where it comes to what it proposes. */
const TRACE_KEPT_CHARS = 24_000;
/** Actions that a summary names. */
const SUMMARY_ACTIONS = 6;
const LABEL_CHARS = 120;

const StoredSchema = Type.Object({
  trace: Type.String(),
  actions: Type.Array(ActionInputSchema, { minItems: 1 }),
  degraded: Type.Boolean(),
  warnings: Type.Array(Type.String()),
});

/** A plan as an answer of a search: text that a judge can read and that can be taken up again. */
export function proposalText({ trace, actions, degraded, warnings }: Proposal): string {
  return JSON.stringify({ trace: endOfText(trace, TRACE_KEPT_CHARS), actions, degraded, warnings });
}

/** null: it is no plan. */
export function readProposal(text: string): Proposal | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What was redacted may no longer be JSON; then there is no plan.
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

/** What it proposes, for people. */
export function proposalSummary({ actions }: Proposal): string {
  const labels = actions.slice(0, SUMMARY_ACTIONS).map(({ label }) => label.slice(0, LABEL_CHARS));
  const more = actions.length - labels.length;
  return [...labels, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
