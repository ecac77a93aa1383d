import { Injectable } from '@nestjs/common';
import type { Action } from '@assent/contract';
import { PromptLibrary, ModelCaller, type CallSession } from '@assent/models';
import { readBeliefs } from '../read-beliefs';
import { COMPOSER_ANSWER, EVALUATOR_ANSWER, readComposerAnswer, readEvaluatorAnswer } from './answer.schemas';
import { readComposition, readGainRows, type ReadComposition } from './composer.reading';
import type { Fence } from './fence';
import {
  actionsText,
  assumptionsText,
  contextText,
  earlierText,
  historyText,
  listed,
  recalledText,
  recent,
  traceText,
} from './prompt.parts';
import type { StepRequest } from './step-request';
import { askStructured, type StructuredAnswer } from './structured.answer';

/** The inputs from which beliefs are composed. */
export interface Deliberation extends Pick<StepRequest, 'goal' | 'context' | 'recalled' | 'history' | 'assumptions'> {
  readonly trace: string;
  readonly actions: readonly Action[];
  /** Further text, mostly tools, whose names assumptions may use. */
  readonly known: string;
}

/** The C and the E of PCE by a model: assumptions with probabilities from a trace, then gains of the actions. */
@Injectable()
export class BeliefsComposer {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  /** @throws AssentError budget_exhausted */
  compose(from: Deliberation, session: CallSession, fence: Fence): Promise<StructuredAnswer<ReadComposition>> {
    const { goal, context, recalled, history, assumptions, trace, actions } = from;
    const last = recent(history);
    const user = this.prompts.render('compose.user', {
      goal,
      context: contextText(context),
      recalled: recalledText(recalled, fence),
      assumptions: earlierText(assumptions, fence),
      history: historyText(last.actions, fence),
      messages: historyText(last.messages, fence),
      trace: traceText(trace, fence),
      actions: actionsText(actions, fence),
    });
    const ids = idsOf(actions);
    const facts = { material: `${user}\n${from.known}`, earlier: listed(assumptions) };
    return askStructured(this.caller, this.prompts, session, {
      purpose: 'compose',
      messages: [
        { role: 'system', content: this.prompts.render('compose.system', { fence: fence.tag }) },
        { role: 'user', content: user },
      ],
      answer: COMPOSER_ANSWER,
      fence,
      read: (text) => {
        const read = readComposition(readComposerAnswer(text), facts);
        readBeliefs(read.beliefs, ids, '', 'lenient');
        return read;
      },
    });
  }

  /** Adds gains to the beliefs. @throws AssentError budget_exhausted */
  evaluate(
    from: Deliberation,
    { beliefs }: Pick<ReadComposition, 'beliefs'>,
    session: CallSession,
    fence: Fence,
  ): Promise<StructuredAnswer<ReadComposition['beliefs']>> {
    const { goal, history, trace, actions } = from;
    const ids = idsOf(actions);
    const user = this.prompts.render('evaluate.user', {
      goal,
      history: historyText(recent(history).actions, fence),
      trace: traceText(trace, fence),
      // Use merged assumptions: a duplicate statement would have two gains for one case.
      assumptions: assumptionsText(readBeliefs(beliefs, ids, '', 'lenient').assumptions, fence),
      actions: actionsText(actions, fence),
    });
    return askStructured(this.caller, this.prompts, session, {
      purpose: 'evaluate',
      messages: [
        { role: 'system', content: this.prompts.render('evaluate.system', { fence: fence.tag }) },
        { role: 'user', content: user },
      ],
      answer: EVALUATOR_ANSWER,
      fence,
      read: (text) => {
        const weighed = { ...beliefs, gains: readGainRows(readEvaluatorAnswer(text)) };
        readBeliefs(weighed, ids, '', 'lenient');
        return weighed;
      },
    });
  }
}

function idsOf(actions: readonly Action[]): ReadonlySet<string> {
  return new Set(actions.map(({ id }) => id));
}
