import type { Tree } from '@assent/contract';
import { scoreTree } from '@assent/planner';
import { stateJoint } from './network';
import { agrees, type State, type Truth, type World } from './world';
import { plainly } from './worlds';

/**
 * How the planner gets facts. `stated`: the first beliefs, with answers and attempts as resolutions, as in the product.
 * `conditioned`: the harness computes all probabilities again by Bayes' rule. `plain`: as `stated`,
 * by a caller who writes no conditional rows.
 */
export type Telling = 'stated' | 'conditioned' | 'plain';

/** The facts so far. */
export interface Knowledge {
  readonly resolutions: Truth;
  /** Ids of the actions that are still on offer: no question twice, no place twice. */
  readonly offered: readonly string[];
}

/** The real planner on one world; each situation is scored once. */
export class Session {
  private readonly trees = new Map<string, Promise<Tree>>();

  constructor(readonly world: World) {}

  planAt(knowledge: Knowledge, telling: Telling): Promise<Tree> {
    const key = JSON.stringify([telling, Object.entries(knowledge.resolutions).sort(), knowledge.offered]);
    const known = this.trees.get(key);
    if (known) return known;
    const tree = this.score(knowledge, telling);
    this.trees.set(key, tree);
    return tree;
  }

  private score({ resolutions, offered }: Knowledge, telling: Telling): Promise<Tree> {
    const { actions, gains, associations, params } = this.world;
    const isOffered = ({ actionId }: { readonly actionId: string }) => offered.includes(actionId);
    return scoreTree({
      actions: actions.filter(({ id }) => offered.includes(id)),
      beliefs: {
        assumptions: this.assumptionsFor(telling, resolutions),
        associations: associations.filter(isOffered),
        gains: gains.filter(isOffered),
      },
      params: { ...params },
      resolutions,
    });
  }

  private assumptionsFor(telling: Telling, resolutions: Truth): World['assumptions'][number][] {
    if (telling === 'stated') return [...this.world.assumptions];
    if (telling === 'plain') return plainly(this.world).assumptions.slice();
    const exclusive = this.world.assumptions.filter(({ excludes = [] }) => excludes.length > 0).map(({ id }) => id);
    return stateJoint(this.remaining(resolutions), this.world.assumptions.length, exclusive);
  }

  private remaining(resolutions: Truth): State[] {
    return this.world.states.filter(({ truth }) => agrees(resolutions, truth));
  }
}
