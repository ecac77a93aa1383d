import { Injectable } from '@nestjs/common';
import { frame, type Action, type Tree } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import { inputRequest, insertQuestion } from '@assent/planner';
import type { PhaseResult } from '../step/phase';
import type { StepContext } from '../step/step.context';

const MS_PER_SECOND = 1_000;

/** Asks a person the chosen question. */
@Injectable()
export class QuestionAsker {
  constructor(private readonly config: Config) {}

  async ask(context: StepContext, action: Action, tree: Tree): Promise<PhaseResult> {
    const { questions } = await context.params();
    const { step, id: runId } = context.run;
    const { QUESTION_TTL_SECONDS, QUESTION_DEFAULT } = this.config.env;
    const requestId = `req_${newId()}`;
    const ttlMs = (questions?.ttlSeconds ?? QUESTION_TTL_SECONDS) * MS_PER_SECOND;
    const resolves = tree.diagnostics.questions.find(({ actionId }) => actionId === action.id)?.assumptionIds ?? [];
    const request = {
      runId,
      question: action.question ?? action.label,
      ...(action.options ? { options: action.options } : {}),
      assumptions: tree.assumptions
        .filter(({ id }) => resolves.includes(id))
        .map(({ id, text, p }) => ({ assumptionId: id, text, p })),
      onExpiry: questions?.onExpiry ?? QUESTION_DEFAULT,
      expiresAt: new Date(context.now() + ttlMs).toISOString(),
    };
    return {
      frames: [
        frame('request', step, inputRequest({ requestId, request })),
        frame('run.waiting', step, { for: 'input', requestId }),
      ],
      writes: [insertQuestion({ requestId, step, actionId: action.id, request })],
      next: { kind: 'questioned' },
      carry: {},
    };
  }
}
