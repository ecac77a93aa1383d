import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { Config, cutText } from '@assent/platform';
import {
  StepRepository,
  TreeRepository,
  TurnRepository,
  isReadsOutcome,
  type KnownAssumption,
  type PastStep,
  type StepRecord,
  type StepRequest,
} from '@assent/planner';
import type { RunHead } from '@assent/runs';
import { readTexts } from './reads.text';
import { resultText, reviewText } from './result.text';

/** Maximum characters of one step's outcome in a prompt. The model can read the file again. */
const OUTCOME_MAX_CHARS = 6_000;

/** Reads the earlier steps of a run for the request to a model. */
@Injectable()
export class RunHistory {
  constructor(
    private readonly steps: StepRepository,
    private readonly trees: TreeRepository,
    private readonly turns: TurnRepository,
    private readonly config: Config,
  ) {}

  async of(run: RunHead): Promise<Required<Pick<StepRequest, 'history' | 'assumptions' | 'turns'>>> {
    if (run.step === 1) return { history: [], assumptions: [], turns: [] };
    const [steps, assumptions, turns] = await Promise.all([
      this.steps.ofRun(run.id),
      this.assumptions(run),
      this.turns.ofRun(run.id),
    ]);
    return { history: this.history(steps, turns.at(-1)?.step ?? Infinity), assumptions, turns };
  }

  /** Finished steps, oldest first. @param from the step of the newest turn; earlier results are in the conversation */
  private history(steps: readonly StepRecord[], from: number): PastStep[] {
    return steps.map(({ step, action, outcome }) => {
      const review = reviewText(outcome);
      return {
        step,
        action,
        outcome: shortened(JSON.stringify(outcome)),
        ...(step >= from ? this.said(outcome) : {}),
        ...(review === null ? {} : { review }),
      };
    });
  }

  /** The outcome in a conversation. All reads of a turn get as many characters as the window has tokens, about a quarter of it. */
  private said(outcome: JsonObject): Pick<PastStep, 'result' | 'reads'> {
    const { LLM_RESULT_CHARS, LLM_CONTEXT_TOKENS } = this.config.env;
    if (isReadsOutcome(outcome)) return { reads: readTexts(outcome, LLM_RESULT_CHARS, LLM_CONTEXT_TOKENS) };
    return { result: resultText(outcome, LLM_RESULT_CHARS) };
  }

  /** Assumptions of earlier steps, oldest first. */
  private async assumptions({ id, tenantId }: RunHead): Promise<KnownAssumption[]> {
    const rows = await this.trees.assumptions(tenantId, id);
    return rows.map(({ step, assumption, truth }) => ({
      step,
      assumptionId: assumption.id,
      text: assumption.text,
      p: assumption.p,
      truth,
    }));
  }
}

function shortened(text: string): string {
  if (text.length <= OUTCOME_MAX_CHARS) return text;
  return `${cutText(text, OUTCOME_MAX_CHARS)} [cut: ${text.length - OUTCOME_MAX_CHARS} more characters]`;
}
