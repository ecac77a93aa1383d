import { Injectable } from '@nestjs/common';
import { AssentError, type StartParams } from '@assent/contract';
import { Config, cutText } from '@assent/platform';
import { StepRepository, TreeRepository, type KnownAssumption, type PastStep } from '@assent/planner';
import { RunRepository, type RunHead } from '@assent/runs';
import type { Work } from '../work';

/** Longest outcome of one step in a prompt, in characters: the model can read the file again. */
const OUTCOME_MAX_CHARS = 6_000;

/** A model plans every step of a run that brought neither a trace nor beliefs. */
export function isModelPlanned({ trace, beliefs }: StartParams): boolean {
  return trace === undefined && beliefs === undefined;
}

/** Why a run may not take another step: it has taken all that it may. */
export function outOfSteps(runId: string, most: number): AssentError {
  return new AssentError(
    'budget_exhausted',
    `Run ${runId} has taken all of its ${most} steps without finishing: raise maxSteps or MAX_STEPS, or narrow the goal.`,
  );
}

/** What is known of a run beside where it stands. */
@Injectable()
export class RunFacts {
  constructor(
    private readonly runs: RunRepository,
    private readonly steps: StepRepository,
    private readonly trees: TreeRepository,
    private readonly config: Config,
  ) {}

  /** Steps that a run may take which a model plans. */
  mostSteps({ maxSteps }: StartParams): number {
    return Math.min(maxSteps ?? Infinity, this.config.env.MAX_STEPS);
  }

  /** The `start` params, from the work or from the store. */
  async params(work: Work): Promise<StartParams> {
    if (work.params) return work.params;
    const stored = await this.runs.plan(work.run.id);
    if (!stored) throw new Error(`run ${work.run.id} has vanished`);
    work.params = { ...stored.params, goal: stored.goal };
    return work.params;
  }

  /** Steps that are over, oldest first. */
  async history({ id }: RunHead): Promise<PastStep[]> {
    const steps = await this.steps.ofRun(id);
    return steps.map(({ step, action, outcome }) => ({ step, action, outcome: shortened(JSON.stringify(outcome)) }));
  }

  /** How many of the last steps have failed in a row. */
  async failuresInARow({ id }: RunHead): Promise<number> {
    const steps = await this.steps.ofRun(id);
    const last = steps.findLastIndex(({ outcome }) => outcome['kind'] !== 'error');
    return steps.length - 1 - last;
  }

  /** Canonical statements that earlier steps have settled, with their truth. */
  async settled({ id, tenantId }: RunHead): Promise<ReadonlyMap<string, boolean>> {
    const rows = await this.trees.assumptions(tenantId, id);
    return new Map(
      rows.flatMap(({ assumption: { key, negated }, truth }) => (truth === null ? [] : [[key, truth !== negated]])),
    );
  }

  /** Assumptions of earlier steps, oldest first. */
  async assumptions({ id, tenantId }: RunHead): Promise<KnownAssumption[]> {
    const rows = await this.trees.assumptions(tenantId, id);
    return rows.map(({ step, assumption, truth }) => ({
      step,
      assumptionId: assumption.id,
      text: assumption.text,
      truth,
    }));
  }
}

function shortened(text: string): string {
  if (text.length <= OUTCOME_MAX_CHARS) return text;
  return `${cutText(text, OUTCOME_MAX_CHARS)} [cut: ${text.length - OUTCOME_MAX_CHARS} more characters]`;
}
