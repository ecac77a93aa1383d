import type { Action, Assumption, Association } from '@assent/contract';
import type { GainTable } from './model';
import { contentTokens, tokenWeights } from './tokens';

export interface ResolvedByAnswer {
  readonly assumptionIds: readonly string[];
  readonly warning?: string;
}

/**
 * The assumptions that the answer to an `ask` resolves: those in its associations or gain rows; otherwise the single
 * assumption that shares words with its question; otherwise none, and the ask has no value.
 */
export function resolvedBy(
  action: Action,
  associations: readonly Association[],
  gains: GainTable | null,
  assumptions: readonly Assumption[],
): ResolvedByAnswer {
  if (action.kind !== 'ask') return { assumptionIds: [] };
  const named = [
    ...associations.filter(({ actionId }) => actionId === action.id).map(({ assumptionId }) => assumptionId),
    ...(gains?.get(action.id)?.rows ?? []).flatMap(({ when }) => Object.keys(when)),
  ];
  if (named.length > 0) return { assumptionIds: [...new Set(named)] };
  const shared = sharedWords(action.question ?? '', assumptions);
  if (shared !== null)
    return { assumptionIds: [shared], warning: `${action.id} is taken to ask about ${shared}, whose words it shares.` };
  return {
    assumptionIds: [],
    warning: `${action.id} settles no assumption and is worth nothing: add an association to it.`,
  };
}

function sharedWords(question: string, assumptions: readonly Assumption[]): string | null {
  const asked = new Set(contentTokens(question));
  const tokens = assumptions.map(({ text }) => contentTokens(text));
  const weights = tokenWeights(tokens);
  const scores = tokens.map((own) =>
    own.filter((token) => asked.has(token)).reduce((sum, token) => sum + (weights.get(token) ?? 0), 0),
  );
  const best = Math.max(0, ...scores);
  return best > 0 ? (assumptions[scores.indexOf(best)]?.id ?? null) : null;
}
