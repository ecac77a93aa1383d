import { gainsOf } from './joint/expectations';
import type { Joint } from './joint/joint';
import type { Model } from './model';
import { costOf } from './params';
import type { Prospect } from './value';

/** A model with the values that are computed from it once. */
export interface Study {
  readonly model: Model;
  readonly costs: readonly number[];
  readonly prospect: Prospect;
}

/** @throws AssentError invalid when the gain tables are too entangled for an exact result */
export function study(model: Model): Study {
  const { actions, gainTables, joint, params } = model;
  const costs = actions.map((action) => costOf(action, params));
  const acts = actions.flatMap(({ kind }, index) => (kind === 'ask' ? [] : [index]));
  const gains = gainsOf(joint, gainTables);
  const support = new Set(acts.flatMap((act) => [...(gains.supports[act] ?? [])]));
  const prospect = {
    model,
    gains,
    charges: costs.map((cost) => params.lambda * cost),
    acts,
    support: [...support].sort((a, b) => a - b),
  };
  return { model, costs, prospect };
}

/** The study under a joint distribution with at least the same facts. */
export function studyUnder(joint: Joint, studied: Study): Study {
  const model = { ...studied.model, joint };
  return { ...studied, model, prospect: { ...studied.prospect, model } };
}
