import { Injectable } from '@nestjs/common';
import type { Tree } from '@assent/contract';
import { plan, type Plan, type PlanRequest } from './plan';
import { replan, type Replanning } from './replan';
import { scoreTree, type ScoreRequest } from './score-tree';
import { TraceComposer } from './trace.composer';

/** Plans the steps of runs. It is stateless: everything is in the request. */
@Injectable()
export class PlannerService {
  constructor(private readonly composer: TraceComposer) {}

  /** Builds and scores the tree of one step and chooses an action. */
  plan(request: PlanRequest): Promise<Plan> {
    return plan(request, this.composer);
  }

  /** Replans a stored tree with the resolutions so far. */
  replan(tree: Tree, change: Replanning): Plan {
    return replan(tree, change);
  }

  /** Scores beliefs, a trace or a tree; stores nothing. */
  score(request: ScoreRequest): Promise<Tree> {
    return scoreTree(request, this.composer);
  }
}
