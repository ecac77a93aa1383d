import { Injectable } from '@nestjs/common';
import { newId } from '@assent/platform';
import { PlannerService, QuestionRepository, ResolutionRepository, TreeRepository, type Plan } from '@assent/planner';
import type { RunHead } from '@assent/runs';

/** Plans a run again with what is known since: from its newest tree, without the questions that were asked. */
@Injectable()
export class NextPlans {
  constructor(
    private readonly planner: PlannerService,
    private readonly trees: TreeRepository,
    private readonly resolutions: ResolutionRepository,
    private readonly questions: QuestionRepository,
  ) {}

  /** @returns null when every action was a question, and all were asked */
  async plan(run: RunHead): Promise<Plan | null> {
    const [tree, resolutions, asked] = await Promise.all([
      this.trees.find(run.tenantId, run.id, null),
      this.resolutions.ofRun(run.id),
      this.questions.askedBy(run.id),
    ]);
    if (!tree) throw new Error(`run ${run.id} is to be planned again, but has no tree`);
    if (tree.actions.every(({ id }) => asked.includes(id))) return null;
    return this.planner.replan(tree, { treeId: `tree_${newId()}`, resolutions, without: asked });
  }
}
