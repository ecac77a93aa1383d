import { Injectable } from '@nestjs/common';
import { frame, type NewFrame, type RankedFragment, type StartParams } from '@assent/contract';
import { newId } from '@assent/platform';
import { MemoryService } from '@assent/memory';
import { PlannerService, insertTree, type Plan } from '@assent/planner';
import { RunRepository } from '@assent/runs';
import { transition } from '../run.machine';
import type { PhaseResult, RunPhase, Work } from '../work';

/** Facts -> trace -> tree of assumptions -> scores -> choice. */
@Injectable()
export class PlanPhase implements RunPhase {
  constructor(
    private readonly runs: RunRepository,
    private readonly planner: PlannerService,
    private readonly memory: MemoryService,
  ) {}

  async run(work: Work): Promise<PhaseResult> {
    const params = (work.params ??= await this.load(work.run.id));
    const { step, tenantId } = work.run;
    const recalled = params.memory === false ? [] : await this.memory.recall(tenantId, params.goal);
    const plan = await this.planner.plan({
      treeId: `tree_${newId()}`,
      goal: params.goal,
      actions: params.actions ?? [],
      ...(params.context === undefined ? {} : { context: params.context }),
      ...(params.trace === undefined ? {} : { trace: params.trace }),
      ...(params.beliefs === undefined ? {} : { beliefs: params.beliefs }),
      ...(params.params === undefined ? {} : { params: params.params }),
    });
    work.plan = plan;
    return {
      frames: [...recallFrames(step, recalled), ...traceFrames(step, params), ...treeFrames(step, plan)],
      writes: [insertTree(step, plan.tree)],
      next: { ...transition(step, { kind: 'planned' }), recalled: recalled.map((fragment) => fragment.fragmentId) },
      settle: false,
    };
  }

  private async load(runId: string): Promise<StartParams> {
    const stored = await this.runs.plan(runId);
    if (!stored) throw new Error(`run ${runId} has vanished`);
    return { ...stored.params, goal: stored.goal };
  }
}

function recallFrames(step: number, recalled: readonly RankedFragment[]): NewFrame[] {
  if (recalled.length === 0) return [];
  const fragments = recalled.map(({ fragmentId, text, rank }) => ({ fragmentId, text, rank }));
  return [frame('memory.recalled', step, { fragments })];
}

function traceFrames(step: number, { trace }: StartParams): NewFrame[] {
  if (trace === undefined) return [];
  const parts = typeof trace === 'string' ? [trace] : trace;
  const chars = parts.reduce((sum, part) => sum + part.length, 0);
  return [
    ...parts.map((text) => frame('trace.delta', step, { text })),
    frame('trace.completed', step, { source: 'caller', chars }),
  ];
}

function treeFrames(step: number, plan: Plan): NewFrame[] {
  const { tree, paths } = plan;
  const { actionId, mode, U, margin } = tree.chosen;
  return [
    ...tree.assumptions.map(({ id, text, p }) => frame('assumption.added', step, { assumptionId: id, text, p })),
    frame('tree.built', step, {
      treeId: tree.id,
      composer: plan.composer,
      degraded: plan.degraded,
      assumptions: tree.assumptions.length,
      leaves: paths.length,
      inputHash: tree.inputHash,
      warnings: plan.warnings,
    }),
    ...paths.map(({ leafId, path, actionId: leafAction, L, G, C, U: leafU }) =>
      frame('path.scored', step, { treeId: tree.id, leafId, path: [...path], actionId: leafAction, L, G, C, U: leafU }),
    ),
    frame('path.chosen', step, { treeId: tree.id, actionId, mode, U, margin, modesAgree: tree.modesAgree }),
  ];
}
