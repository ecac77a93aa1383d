import { Injectable } from '@nestjs/common';
import { frame, type Assumption, type NewFrame, type ResolutionSource, type Tree } from '@assent/contract';
import {
  PlannerService,
  ResolutionRepository,
  TreeRepository,
  resolutionOf,
  type NewResolution,
} from '@assent/planner';
import { RunRepository, type RunRecord } from '@assent/runs';

/** Something that turned out to be true or false, and who says so. */
export interface Finding {
  /** Canonical statement, as trees have it. */
  readonly key: string;
  readonly keyTruth: boolean;
  readonly source: ResolutionSource;
  readonly actor: string;
}

/** What a finding means for a run that waits. */
export interface Consequence {
  readonly run: RunRecord;
  readonly assumption: Assumption;
  readonly resolution: NewResolution;
  /** The path to the chosen action assumes the opposite. */
  readonly refutes: boolean;
  readonly frames: NewFrame[];
}

/** Looks at waiting runs in the light of a finding. Changes nothing. */
@Injectable()
export class WaitingRuns {
  constructor(
    private readonly runs: RunRepository,
    private readonly trees: TreeRepository,
    private readonly resolutions: ResolutionRepository,
    private readonly planner: PlannerService,
  ) {}

  /** null: the run does not wait, does not assume it, or knows it already. */
  async consider(tenantId: string, runId: string, finding: Finding): Promise<Consequence | null> {
    const run = await this.runs.find(tenantId, runId);
    if (run?.state !== 'waiting') return null;
    const [tree, known] = await Promise.all([
      this.trees.find(tenantId, runId, run.step),
      this.resolutions.ofRun(runId),
    ]);
    const assumption = tree?.assumptions.find(({ key }) => key === finding.key);
    if (!tree || assumption?.resolved !== null) return null;
    const truth = finding.keyTruth !== assumption.negated;
    if (assumption.id in known) return null;
    return {
      run,
      assumption,
      resolution: resolutionOf(assumption, truth, run.step),
      refutes: tree.chosen.path.some(({ assumptionId, value }) => assumptionId === assumption.id && value !== truth),
      frames: this.framesFor(run, tree, assumption.id, truth, finding, known),
    };
  }

  private framesFor(
    { step }: RunRecord,
    tree: Tree,
    assumptionId: string,
    truth: boolean,
    { source, actor }: Finding,
    known: Readonly<Record<string, boolean>>,
  ): NewFrame[] {
    const resolutions = { ...known, [assumptionId]: truth };
    const { chosen } = this.planner.replan(tree, { treeId: tree.id, resolutions, without: [] }).tree;
    return [
      frame('assumption.resolved', step, { assumptionId, truth, source, actor }),
      frame('tree.rescored', step, {
        treeId: tree.id,
        assumptionId,
        truth,
        before: tree.chosen.actionId,
        after: chosen.actionId,
        U: chosen.U,
        margin: chosen.margin,
      }),
    ];
  }
}
