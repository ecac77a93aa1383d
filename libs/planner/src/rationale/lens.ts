import { study, studyUnder, type Study } from '../study';
import { underFacts } from '../joint/read-joint';
import { isOpen, type Literal } from '../model';
import { utilitiesKnowing, utility } from '../value';

/** Probabilities and utilities under hypothetical facts. */
export interface Lens {
  /** The study before any hypothesis. */
  readonly studied: Study;
  /** Whether both truth values of an assumption are possible. */
  isOpen(variable: number): boolean;
  /** Probability that all `literals` hold, conditional on `given`. */
  probability(literals: readonly Literal[], given: readonly Literal[]): number;
  /** E[G(a)] - lambda * C(a) conditional on `given`, by position of the action; minus its cost for an ask. */
  utilities(given: readonly Literal[]): number[];
  /** The lens without any fact about this assumption. */
  without(variable: number): Lens;
}

export function lensOf(studied: Study): Lens {
  const { model, prospect } = studied;
  return {
    studied,
    isOpen: (variable) => isOpen(model.joint, variable),
    probability: (literals, given) => model.joint.observed(given).probabilityOf(literals),
    utilities: (given) => {
      const [literal] = given;
      if (literal && given.length === 1) return utilitiesKnowing(literal, model.joint, prospect);
      const joint = model.joint.observed(given);
      return model.actions.map((_, action) => utility(action, joint, prospect));
    },
    without: (variable) => {
      const facts = model.facts.filter((fact) => fact.variable !== variable);
      return lensOf(study({ ...model, facts, joint: underFacts(model.prior, facts).joint }));
    },
  };
}

/** The study with another probability of one assumption; 0 and 1 make it a fact. */
export function studyMoved({ studied }: Lens, variable: number, p: number): Study {
  const { joint } = studied.model;
  if (p <= 0 || p >= 1) return studyUnder(joint.observed([{ variable, value: p >= 1 }]), studied);
  return studyUnder(joint.moved([{ variable, p }]) ?? joint, studied);
}
