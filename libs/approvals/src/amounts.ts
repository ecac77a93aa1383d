import type { ApprovalRule, Json, JsonObject } from '@assent/contract';

type Amount = NonNullable<ApprovalRule['amounts']>[number];

/**
 * Whether every amount lies within its bounds.
 * @param reading `suspected`: what is no number may be any, so that a rule is not got around by writing "1e9" as a text
 */
export function amountsHold(amounts: readonly Amount[], args: JsonObject, reading: 'written' | 'suspected'): boolean {
  return amounts.every(({ pointer, atLeast = -Infinity, atMost = Infinity }) => {
    const value = pointer.split('/').slice(1).reduce<Json | undefined>(below, args);
    if (value === undefined) return false;
    if (typeof value !== 'number') return reading === 'suspected';
    return value >= atLeast && value <= atMost;
  });
}

function below(value: Json | undefined, token: string): Json | undefined {
  const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as JsonObject)[name];
}
