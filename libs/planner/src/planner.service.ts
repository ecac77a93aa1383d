import { Injectable } from '@nestjs/common';
import type { Tree } from '@assent/contract';
import { plan, type Plan, type PlanRequest } from './plan';
import { replan, type Replanning } from './replan';
import { scoreTree, type ScoreRequest } from './score-tree';

/** Plans the steps of runs. Holds nothing: everything is in the request. */
@Injectable()
export class PlannerService {
  /** The scored tree of one step and the action that it chooses. */
  plan(request: PlanRequest): Promise<Plan> {
    return plan(request);
  }

  /** A stored tree again, with what is known by now. */
  replan(tree: Tree, change: Replanning): Plan {
    return replan(tree, change);
  }

  /** Scores beliefs, a trace or a tree; stores nothing. */
  score(request: ScoreRequest): Promise<Tree> {
    return scoreTree(request);
  }
}
