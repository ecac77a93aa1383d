import { Injectable } from '@nestjs/common';
import type { SearchNext, StartParams, Verification } from '@assent/contract';
import { SearchPlanner, proposalKey, proposalText, type Judged, type StepRequest } from '@assent/planner';
import { proposerOf } from '../planning/step.requests';
import type { Work } from '../work';
import { SearchVerifier } from './search.verifier';

/** A plan as an answer of a search. */
export interface WrittenPlan {
  readonly answer: string;
  readonly identity: string;
  readonly verified: Verification;
  readonly tokens: number;
}

/** Plans by the model, checked where something can check them, and judged by the model. */
@Injectable()
export class PlanWriter {
  constructor(
    private readonly planner: SearchPlanner,
    private readonly verifier: SearchVerifier,
  ) {}

  /** @param most tokens that it may take @throws AssentError model_failed, budget_exhausted */
  async write(
    work: Work,
    params: StartParams,
    request: StepRequest,
    { parent, prompt: advice, critiques }: Extract<SearchNext, { kind: 'expand' }>,
    most: number,
  ): Promise<WrittenPlan> {
    const guidance = { advice, earlier: parent?.answer ?? null, critiques };
    const { proposal, tokens } = await this.planner.propose(request, guidance, most);
    const answer = proposalText(proposal);
    const verified = await this.verifier.verify(work, params, proposerOf(work.run), answer);
    return { answer, identity: proposalKey(proposal), verified, tokens };
  }

  /** @throws AssentError budget_exhausted */
  judge(...question: Parameters<SearchPlanner['judge']>): Promise<Judged> {
    return this.planner.judge(...question);
  }
}
