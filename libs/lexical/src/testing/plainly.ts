import type { ActionInput, Association } from '@assent/contract';
import { completeActions, type Composed } from '@assent/planner';
import { composeFromTrace } from '../lexical.composer';

/** A statement without hedge and negation, its probability, and the right action by its truth. */
export type Plainly = readonly [statement: string, p: number, links: readonly string[]];

interface Stated {
  readonly id: string;
  readonly p: number;
  readonly key: string;
  readonly negated: boolean;
}

/** The statements that the composer reads from a text, without announced intents. */
export async function readPlainly(
  trace: string | readonly string[],
  actions: readonly ActionInput[],
): Promise<Plainly[]> {
  const { assumptions, associations } = await composeFromTrace(trace, completeActions(actions));
  return plainly(assumptions.map(statedOf), associations).filter(([key]) => !key.endsWith('is the right action'));
}

/** Assumptions in the orientation of their keys, regardless of the writer's wording. */
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
