import { createReader, diagramsOf, supportOf } from './joint/diagram';
import type { Joint } from './joint/joint';
import { worldsOf } from './joint/worlds';
import type { Model } from './model';
import { costOf } from './params';
import type { Prospect } from './value';

/** A model with the values that are computed from it once. */
export interface Study {
  readonly model: Model;
  readonly costs: readonly number[];
  readonly prospect: Prospect;
  /** For each action, the components of the joint distribution that its gain depends on. */
  readonly reach: readonly ReadonlySet<number>[];
}

/** @throws AssentError invalid when the gain tables are too entangled for an exact result */
export function study(model: Model): Study {
  const { actions, gainTables, joint, params } = model;
  const diagrams = diagramsOf(joint, gainTables);
  const costs = actions.map((action) => costOf(action, params));
  const supports = diagrams.map((diagram) => supportOf(diagram));
  const acts = actions.flatMap(({ kind }, index) => (kind === 'ask' ? [] : [index]));
  const support = new Set(
    acts.flatMap((act) =>
      (gainTables[act] ?? []).flatMap(({ when }) =>
        when.flatMap(({ variable }) => {
          const { component = 0, cluster = 0 } = joint.network.places[variable] ?? {};
          return supports[act]?.get(component)?.has(cluster) === true ? [variable] : [];
        }),
      ),
    ),
  );
  const prospect = {
    model,
    gain: createReader(diagrams),
    worlds: worldsOf(
      joint,
      acts.map((act) => diagrams[act] ?? 0),
      acts.map((act) => gainTables[act] ?? []),
    ),
    charges: costs.map((cost) => params.lambda * cost),
    acts,
    support: [...support].sort((a, b) => a - b),
  };
  return { model, costs, prospect, reach: supports.map((components) => new Set(components.keys())) };
}

/** The study under a joint distribution with at least the same facts. */
export function studyUnder(joint: Joint, studied: Study): Study {
  const model = { ...studied.model, joint };
  return { ...studied, model, prospect: { ...studied.prospect, model } };
}
