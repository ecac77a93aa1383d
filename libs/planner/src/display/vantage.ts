import type { Joint } from '../joint/joint';
import { isOpen, type Literal } from '../model';
import type { Study } from '../study';
import { utilitiesKnowing, utility } from '../value';

/** Values at one point of a tree, given the assumptions on its path. */
export interface Vantage {
  /** Probability of an assumption; null when the path determines it. */
  probability(variable: number): number | null;
  /** U of each act, by position in `prospect.acts`. */
  utilities(): number[];
  /** The same once an open assumption is known. */
  utilitiesKnowing(literal: Literal): number[];
  /** E[G] of an action. */
  gain(action: number): number;
  /** The point below, with more assumptions known. */
  knowing(path: readonly Literal[]): Vantage;
}

export function vantageOf(studied: Study, joint: Joint = studied.model.joint): Vantage {
  const { prospect } = studied;
  return {
    probability: (variable) => (isOpen(joint, variable) ? joint.probability(variable) : null),
    utilities: () => prospect.acts.map((act) => utility(act, joint, prospect)),
    utilitiesKnowing: (literal) => {
      const known = utilitiesKnowing(literal, joint, prospect);
      return prospect.acts.map((act) => known[act] ?? 0);
    },
    gain: (action) => prospect.gains.under(joint).values[action] ?? 0,
    knowing: (path) =>
      vantageOf(
        studied,
        path.reduce((above, literal) => above.branch(literal), joint),
      ),
  };
}
