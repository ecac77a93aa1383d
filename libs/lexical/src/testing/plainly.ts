import type { ActionInput, Association } from '@assent/contract';
import { completeActions, type Composed } from '@assent/planner';
import { composeFromTrace } from '../lexical.composer';

/** A statement without hedge and negation, the probability that it is true, and which action is right by its truth. */
export type Plainly = readonly [statement: string, p: number, links: readonly string[]];

interface Stated {
  readonly id: string;
  readonly p: number;
  readonly key: string;
  readonly negated: boolean;
}

/** What the composer reads out of one text. What the writer means to do is left out. */
export async function readPlainly(
  trace: string | readonly string[],
  actions: readonly ActionInput[],
): Promise<Plainly[]> {
  const { assumptions, associations } = await composeFromTrace(trace, completeActions(actions));
  return plainly(assumptions.map(statedOf), associations).filter(([key]) => !key.endsWith('is the right action'));
}

/** Assumptions in the orientation of their keys, whichever way the writer put them. */
export function plainly(assumptions: readonly Stated[], associations: readonly Association[]): Plainly[] {
  return assumptions.map(({ id, key, negated, p }) => [
    key,
    Number((negated ? 1 - p : p).toFixed(3)),
    associations
      .filter(({ assumptionId }) => assumptionId === id)
      .map(({ value, actionId }) => `${String(value !== negated)}: ${actionId}`),
  ]);
}

function statedOf({ id, p, text, statement }: Composed['assumptions'][number]): Stated {
  return { id, p, key: statement?.key ?? text, negated: statement?.negated ?? false };
}
