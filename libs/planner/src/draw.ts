import type { ScoredPath, Tree } from '@assent/contract';
import { assembleTree, type Heading } from './assemble';
import { buildModel, type ModelInput } from './build-model';
import { study, type Study } from './study';
import { composeShape } from './tree';

export interface Drawn {
  readonly tree: Tree;
  readonly paths: ScoredPath[];
  readonly studied: Study;
}

/** Builds the scored tree of beliefs, with new splits, regardless of the beliefs' source. */
export function draw(input: ModelInput, heading: Heading): Drawn {
  const studied = study(buildModel(input));
  const shape = composeShape(studied);
  return { ...assembleTree(shape, studied, heading), studied };
}
