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

/** The scored tree of beliefs, with splits of its own; however the beliefs were come by. */
export function draw(input: ModelInput, heading: Heading): Drawn {
  const studied = study(buildModel(input));
  const shape = composeShape(studied);
  return { ...assembleTree(shape, studied, heading), studied };
}
