import { Injectable } from '@nestjs/common';
import {
  frame,
  type Action,
  type Assumption,
  type NewFrame,
  type Resolution,
  type ResolutionSource,
  type Tree,
} from '@assent/contract';
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
  /** The run that it comes from; null: nobody's in particular. */
  readonly from: string | null;
  /** Said by a model of what it has seen: never an answer to a question that a person was asked. */
  readonly byModel: boolean;
}

/** What a finding means for a run that waits. */
export interface Consequence {
  readonly run: RunRecord;
  readonly assumption: Assumption;
  readonly resolution: NewResolution;
  /** What was chosen rests on the opposite. */
  readonly refutes: boolean;
  /** What was chosen. */
  readonly action: Action;
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
    const { source, actor } = finding;
    const run = await this.runs.find(tenantId, runId);
    if (run?.state !== 'waiting') return null;
    const [tree, known] = await Promise.all([
      this.trees.find(tenantId, runId, run.step),
      this.resolutions.ofRun(runId),
    ]);
    const assumption = tree?.assumptions.find(({ key }) => key === finding.key);
    if (!tree || assumption?.resolved !== null) return null;
    const truth = finding.keyTruth !== assumption.negated;
    const isKnown = Object.hasOwn(known, assumption.id);
    if (isKnown && finding.from !== runId) return null;
    const action = tree.actions.find(({ id }) => id === tree.chosen.actionId);
    if (!action) return null;
    const next = this.planner.replan(tree, {
      treeId: tree.id,
      resolutions: { ...known, [assumption.id]: truth },
      without: [],
    }).tree;
    return {
      run,
      assumption,
      resolution: resolutionOf(assumption, truth, run.step),
      refutes: restsOn(tree, assumption.id, !truth) || next.chosen.actionId !== tree.chosen.actionId,
      action,
      frames: [
        // A run that was told while it made its plan has the first frame already.
        ...(isKnown
          ? []
          : [frame('assumption.resolved', run.step, { assumptionId: assumption.id, truth, source, actor })]),
        rescored(run.step, tree, next, { assumptionId: assumption.id, truth }),
      ],
    };
  }
}

/** The choice assumes this value: on its path, or where its gains and associations say when it is right. */
function restsOn({ chosen, associations, gains }: Tree, assumptionId: string, value: boolean): boolean {
  const { actionId, path } = chosen;
  return (
    path.some((edge) => edge.assumptionId === assumptionId && edge.value === value) ||
    associations.some((row) => row.actionId === actionId && row.assumptionId === assumptionId && row.value === value) ||
    (gains ?? []).some((row) => row.actionId === actionId && row.gain > 0 && row.when[assumptionId] === value)
  );
}

function rescored(step: number, tree: Tree, { chosen }: Tree, resolution: Resolution): NewFrame {
  return frame('tree.rescored', step, {
    treeId: tree.id,
    ...resolution,
    before: tree.chosen.actionId,
    after: chosen.actionId,
    U: chosen.U,
    margin: chosen.margin,
  });
}
