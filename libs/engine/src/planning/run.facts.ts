import { Injectable } from '@nestjs/common';
import type { StartParams } from '@assent/contract';
import { StepRepository, TreeRepository, type KnownAssumption, type PastStep } from '@assent/planner';
import { RunRepository, type RunHead } from '@assent/runs';
import type { Work } from '../work';

/** Longest outcome of one step in a prompt, in characters: the model can read the file again. */
const OUTCOME_MAX_CHARS = 6_000;

/** A model plans every step of a run that brought neither a trace nor beliefs. */
export function isModelPlanned({ trace, beliefs }: StartParams): boolean {
  return trace === undefined && beliefs === undefined;
}

/** What is known of a run beside where it stands. */
@Injectable()
export class RunFacts {
  constructor(
    private readonly runs: RunRepository,
    private readonly steps: StepRepository,
    private readonly trees: TreeRepository,
  ) {}

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
  return `${text.slice(0, OUTCOME_MAX_CHARS)} [cut: ${text.length - OUTCOME_MAX_CHARS} more characters]`;
}
