import { Injectable } from '@nestjs/common';
import { frame, type Action, type Tree } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import { inputRequest, insertQuestion } from '@assent/planner';
import { RunFacts } from '../planning/run.facts';
import { transition } from '../run.machine';
import { databaseTime, type PhaseResult, type Work } from '../work';

const MS_PER_SECOND = 1_000;

/** Puts a chosen question to a person. */
@Injectable()
export class QuestionAsker {
  constructor(
    private readonly config: Config,
    private readonly facts: RunFacts,
  ) {}

  async ask(work: Work, action: Action, tree: Tree): Promise<PhaseResult> {
    const params = await this.facts.params(work);
    const { step, id: runId } = work.run;
    const { QUESTION_TTL_SECONDS, QUESTION_DEFAULT } = this.config.env;
    const requestId = `req_${newId()}`;
    const ttlMs = (params.questions?.ttlSeconds ?? QUESTION_TTL_SECONDS) * MS_PER_SECOND;
    const settles = tree.diagnostics.questions.find(({ actionId }) => actionId === action.id)?.assumptionIds ?? [];
    const request = {
      runId,
      question: action.question ?? action.label,
      assumptions: tree.assumptions
        .filter(({ id }) => settles.includes(id))
        .map(({ id, text, p }) => ({ assumptionId: id, text, p })),
      onExpiry: params.questions?.onExpiry ?? QUESTION_DEFAULT,
      expiresAt: new Date(databaseTime(work) + ttlMs).toISOString(),
    };
    return {
      frames: [
        frame('request', step, inputRequest({ requestId, request })),
        frame('run.waiting', step, { for: 'input', requestId }),
      ],
      writes: [insertQuestion({ requestId, step, actionId: action.id, request })],
      next: transition(step, { kind: 'questioned' }),
      settle: true,
    };
  }
}
