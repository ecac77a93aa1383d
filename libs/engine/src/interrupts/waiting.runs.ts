import { Injectable } from '@nestjs/common';
import {
  frame,
  type Action,
  type Assumption,
  type Ground,
  type NewFrame,
  type Rationale,
  type Resolution,
  type ResolutionHow,
  type ResolutionSource,
  type Tree,
} from '@assent/contract';
import {
  PlannerService,
  ResolutionRepository,
  TreeRepository,
  howOf,
  resolutionOf,
  type NewResolution,
} from '@assent/planner';
import { RunRepository, type RunRecord } from '@assent/runs';

/** A statement that turned out to be true or false, with its source. */
export interface Finding {
  /** Canonical statement, as in trees. */
  readonly key: string;
  readonly keyTruth: boolean;
  readonly source: ResolutionSource;
  readonly actor: string;
  readonly how: ResolutionHow;
  /** The run that found it; null: no particular run. */
  readonly from: string | null;
  /** Observed by a model. Such a finding never answers a person's question. */
  readonly byModel: boolean;
}

/** The changes that a finding causes in a waiting run. */
export interface Consequence {
  readonly run: RunRecord;
  readonly assumption: Assumption;
  readonly resolution: NewResolution;
  /**
   * The choice no longer holds: another action is chosen now, or a decisive ground of the choice is refuted. If no other
   * action is available, no ground can be decisive, and every ground counts.
   */
  readonly refutes: boolean;
  /** The chosen action. */
  readonly action: Action;
  /** The action that would be chosen now. */
  readonly next: Action;
  readonly frames: NewFrame[];
}

/** Computes the consequences of a finding for a waiting run. Writes nothing. */
@Injectable()
export class WaitingRuns {
  constructor(
    private readonly runs: RunRepository,
    private readonly trees: TreeRepository,
    private readonly resolutions: ResolutionRepository,
    private readonly planner: PlannerService,
  ) {}

  /** @returns null when the run does not wait, lacks the assumption, or already has the finding */
  async consider(tenantId: string, runId: string, finding: Finding): Promise<Consequence | null> {
    const { source, actor, how } = finding;
    const run = await this.runs.find(tenantId, runId);
    if (run?.state !== 'waiting') return null;
    const [tree, known] = await Promise.all([
      this.trees.find(tenantId, runId, run.step),
      this.resolutions.ofRun(runId),
    ]);
    const assumption = tree?.assumptions.find(({ key }) => key === finding.key);
    if (!tree || assumption?.resolved !== null) return null;
    const truth = finding.keyTruth !== assumption.negated;
    const isKnown = Object.hasOwn(known.resolutions, assumption.id);
    if (isKnown && finding.from !== runId) return null;
    const action = tree.actions.find(({ id }) => id === tree.chosen.actionId);
    if (!action) return null;
    const resolutions = { ...known.resolutions, [assumption.id]: truth };
    const interventions = [...(known.interventions ?? []), ...(how === 'set' ? [assumption.id] : [])];
    const next = this.planner.replan(tree, { treeId: tree.id, resolutions, interventions, without: [] }).tree;
    const isChanged = next.chosen.actionId !== tree.chosen.actionId;
    return {
      run,
      assumption,
      resolution: resolutionOf(assumption, truth, run.step, how),
      refutes: isChanged || isRefuted(this.rationaleOf(tree), assumption.id, truth),
      action,
      next: tree.actions.find(({ id }) => id === next.chosen.actionId) ?? action,
      frames: [
        // A run resolved during planning already has the first frame.
        ...(isKnown
          ? []
          : [
              frame('assumption.resolved', run.step, {
                assumptionId: assumption.id,
                truth,
                source,
                actor,
                ...howOf(how),
              }),
            ]),
        rescored(run.step, tree, next, { assumptionId: assumption.id, truth }),
      ],
    };
  }

  /** Trees stored by the previous version have no rationale. */
  private rationaleOf(tree: Tree): Rationale | null {
    if (tree.rationale !== undefined) return tree.rationale;
    return this.planner.replan(tree, { treeId: tree.id, resolutions: {}, without: [] }).tree.rationale ?? null;
  }
}

/** Whether this truth value refutes a ground that counts for the choice. */
function isRefuted(rationale: Rationale | null, assumptionId: string, truth: boolean): boolean {
  if (!rationale) return false;
  const isOnly = rationale.alternative === null;
  const isIn = (grounds: readonly Ground[], refuting: (ground: Ground) => boolean) =>
    grounds.some((ground) => ground.assumptionId === assumptionId && (ground.decisive || isOnly) && refuting(ground));
  return isIn(rationale.for, ({ value }) => value !== truth) || isIn(rationale.against, ({ value }) => value === truth);
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
