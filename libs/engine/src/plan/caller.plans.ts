import { Injectable } from '@nestjs/common';
import { newId } from '@assent/platform';
import { PlannerService, QuestionRepository, ResolutionRepository, TreeRepository, type Plan } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import type { StepContext } from '../step/step.context';
import { PlannerInputs } from './planner.inputs';

/** Plans runs whose `start` contained a trace or beliefs, without a model. */
@Injectable()
export class CallerPlans {
  constructor(
    private readonly planner: PlannerService,
    private readonly inputs: PlannerInputs,
    private readonly trees: TreeRepository,
    private readonly resolutions: ResolutionRepository,
    private readonly questions: QuestionRepository,
  ) {}

  /** Builds the first tree. */
  async plan(context: StepContext): Promise<Plan> {
    const [params, tools] = await Promise.all([context.params(), context.tools()]);
    const inputs = await this.inputs.of(context.run, params);
    return this.planner.plan({
      treeId: `tree_${newId()}`,
      goal: params.goal,
      actions: params.actions ?? [],
      effectOf: (tool) => tools.findEffect(tool),
      ...(params.context === undefined ? {} : { context: params.context }),
      ...(params.trace === undefined ? {} : { trace: params.trace }),
      ...(params.beliefs === undefined ? {} : { beliefs: params.beliefs }),
      ...(params.params === undefined ? {} : { params: params.params }),
      ...inputs,
    });
  }

  /**
   * Rebuilds the newest tree with later resolutions and without the questions that were asked.
   * @returns null when every action is a question that was already asked
   */
  async replan(run: RunHead): Promise<Plan | null> {
    const [tree, known, asked] = await Promise.all([
      this.trees.find(run.tenantId, run.id, null),
      this.resolutions.ofRun(run.id),
      this.questions.askedBy(run.id),
    ]);
    if (!tree) throw new Error(`run ${run.id} is to be planned again, but has no tree`);
    if (tree.actions.every(({ id }) => asked.includes(id))) return null;
    return this.planner.replan(tree, { treeId: `tree_${newId()}`, ...known, without: asked });
  }
}
