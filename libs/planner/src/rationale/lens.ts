import { study, studyUnder, type Study } from '../study';
import { underFacts } from '../joint/read-joint';
import { isOpen, type Literal } from '../model';
import { utility } from '../value';

/** Probabilities and utilities under facts that are only supposed. */
export interface Lens {
  /** What is supposed before anything else. */
  readonly studied: Study;
  /** Whether both truth values of an assumption can be supposed. */
  isOpen(variable: number): boolean;
  /** Probability that all `literals` hold where `given` does. */
  probability(literals: readonly Literal[], given: readonly Literal[]): number;
  /** E[G(a)] - lambda * C(a) where `given` holds, by position of the action; of an ask, minus its cost. */
  utilities(given: readonly Literal[]): number[];
  /** The same as if nothing were known about this assumption. */
  without(variable: number): Lens;
}

export function lensOf(studied: Study): Lens {
  const { model, prospect } = studied;
  return {
    studied,
    isOpen: (variable) => isOpen(model.joint, variable),
    probability: (literals, given) => model.joint.observed(given).probabilityOf(literals),
    utilities: (given) => {
      const joint = model.joint.observed(given);
      return model.actions.map((_, action) => utility(action, joint, prospect));
    },
    without: (variable) => {
      const facts = model.facts.filter((fact) => fact.variable !== variable);
      return lensOf(study({ ...model, facts, joint: underFacts(model.prior, facts).joint }));
    },
  };
}

/** The study as it would be if one assumption had another probability; 0 and 1 make it a fact. */
export function studyMoved({ studied }: Lens, variable: number, p: number): Study {
  const { joint } = studied.model;
  if (p <= 0 || p >= 1) return studyUnder(joint.observed([{ variable, value: p >= 1 }]), studied);
  return studyUnder(joint.moved([{ variable, p }]) ?? joint, studied);
}
