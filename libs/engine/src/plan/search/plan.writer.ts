import { Injectable } from '@nestjs/common';
import type { SearchNext, Verification } from '@assent/contract';
import { SearchPlanner, proposalKey, proposalText, type Judged, type StepRequest } from '@assent/planner';
import type { StepContext } from '../../step/step.context';
import { SearchVerifier } from './search.verifier';

/** A plan as an answer of a search. */
export interface WrittenPlan {
  readonly answer: string;
  readonly identity: string;
  readonly verified: Verification;
  readonly tokens: number;
}

/** Has the model write plans and judge pairs of them. Verifies a plan with a tool if the run names one. */
@Injectable()
export class PlanWriter {
  constructor(
    private readonly planner: SearchPlanner,
    private readonly verifier: SearchVerifier,
  ) {}

  /** @param maxTokens token limit for the model @throws AssentError model_failed, budget_exhausted */
  async write(
    context: StepContext,
    request: StepRequest,
    { parent, prompt: advice, critiques }: Extract<SearchNext, { kind: 'expand' }>,
    maxTokens: number,
  ): Promise<WrittenPlan> {
    const guidance = { advice, earlier: parent?.answer ?? null, critiques };
    const { proposal, tokens } = await this.planner.propose(request, guidance, maxTokens);
    const answer = proposalText(proposal);
    const verified = await this.verifier.verify(context, answer);
    return { answer, identity: proposalKey(proposal), verified, tokens };
  }

  /** @throws AssentError budget_exhausted */
  judge(...question: Parameters<SearchPlanner['judge']>): Promise<Judged> {
    return this.planner.judge(...question);
  }
}
