import { Injectable } from '@nestjs/common';
import { AssentError, TRACE_MAX_CHARS } from '@assent/contract';
import { cutText, endOfText } from '@assent/platform';
import { PromptLibrary } from '../prompts/prompt.library';
import type { ModelEvent, ModelMessage } from '../providers/model.port';
import { finishOnly, readCandidates, type Candidates } from './candidates';
import type { Fence } from './fence';
import { ModelCaller, type CallSession } from './model.caller';
import type { ModelReply } from './model.reply';
import { ASK_PERSON, FINISH, offerFunctions, type OfferedFunctions } from './offered.functions';
import { contextText, earlierText, fencedText, historyText, problemText, recalledText, recent } from './prompt.parts';
import type { Guidance, Proposal, StepRequest } from './step-request';
import { complaint } from './structured.answer';

/** Longest account of what went wrong in an error, in characters. */
const ERROR_MAX_CHARS = 2_000;

interface Attempt {
  readonly reply: ModelReply;
  readonly candidates: Candidates;
}

/** The P of PCE: a model thinks aloud and proposes what could be done next. */
@Injectable()
export class StepProposer {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  /**
   * One call, and a second one when nothing of the first can be chosen, it broke off, or it has nothing but questions. What
   * is left after that is used.
   * @throws AssentError model_failed when there is nothing to use, budget_exhausted
   */
  async propose(
    request: StepRequest,
    session: CallSession,
    fence: Fence,
    guidance: Guidance | null = null,
  ): Promise<Proposal> {
    const offered = offerFunctions(request.tools);
    const messages = this.messages(request, fence, guidance);
    const first = await this.attempt(request, session, offered, { attempt: 1, messages });
    if (isWhole(first) && isChoice(first)) return proposalOf(first, []);
    if (first.reply.failure?.outcome === 'rejected') throw failed(request, [first]);
    const problem = problemText(problemOf(first), fence);
    const again = complaint(first.reply.text, this.prompts.render('retry.user', { problem }));
    const second = await this.attempt(request, session, offered, { attempt: 2, messages: [...messages, ...again] });
    const warnings = [`The first answer of the model could not be used: ${problemOf(first)}`];
    if (isWhole(second)) return proposalOf(second, warnings);
    const attempts = [second, first];
    const usable = attempts.find(isChoice) ?? attempts.find(hasCandidates) ?? attempts.find(isUsable);
    if (!usable) throw failed(request, [first, second]);
    const rest = [...warnings, `The second could be used in part only: ${problemOf(second)}`];
    return { ...proposalOf(usable, rest), degraded: true };
  }

  private async attempt(
    { refusal, history, onDelta }: StepRequest,
    session: CallSession,
    offered: OfferedFunctions,
    { attempt, messages }: { readonly attempt: number; readonly messages: readonly ModelMessage[] },
  ): Promise<Attempt> {
    const { functions } = offered;
    const passOn = (event: ModelEvent): void => {
      if (event.kind === 'reasoning' || event.kind === 'text')
        onDelta({ text: event.text, channel: event.kind, attempt });
    };
    const reply = await this.caller.call(session, { purpose: 'plan', attempt, messages, ask: { functions } }, passOn);
    return { reply, candidates: readCandidates(reply.calls, { offered, refusal, history }) };
  }

  private messages(request: StepRequest, fence: Fence, guidance: Guidance | null): ModelMessage[] {
    const { goal, context, step, recalled, assumptions, history } = request;
    const { actions, messages } = recent(history);
    const user = this.prompts.render('plan.user', {
      goal,
      context: contextText(context),
      recalled: recalledText(recalled, fence),
      assumptions: earlierText(assumptions, fence),
      history: historyText(actions, fence),
      messages: historyText(messages, fence),
      step: String(step),
    });
    return [
      { role: 'system', content: this.prompts.render('plan.system', { fence: fence.tag }) },
      { role: 'user', content: guidance ? `${user}\n\n${this.improving(guidance, fence)}` : user },
    ];
  }

  /** Advice is a judge's, who has read data: so it is data too. */
  private improving({ advice, earlier, critiques }: Guidance, fence: Fence): string {
    return this.prompts.render('improve.user', {
      advice: fencedText('advice', advice, fence),
      earlier: fencedText('earlier plan', earlier, fence),
      critiques: fencedText('critique', critiques.length === 0 ? null : critiques.join('\n\n'), fence),
    });
  }
}

/** It came to its end, and there is something to choose from. */
function isWhole(attempt: Attempt): boolean {
  return attempt.reply.failure === null && hasCandidates(attempt);
}

function hasCandidates({ candidates }: Attempt): boolean {
  return candidates.actions.length > 0;
}

/** There is something to do without an answer of a person. */
function isChoice({ candidates }: Attempt): boolean {
  return candidates.actions.some(({ kind }) => kind !== 'ask');
}

/** There is something to choose from, or at least something was said that is no refusal. */
function isUsable(attempt: Attempt): boolean {
  const { reply } = attempt;
  return hasCandidates(attempt) || (reply.end !== 'filtered' && traceOf(reply).trim() !== '');
}

function proposalOf({ reply, candidates }: Attempt, warnings: readonly string[]): Proposal {
  const trace = traceOf(reply);
  const actions = candidates.actions.length > 0 ? candidates.actions : finishOnly(reply.text);
  const cut = reply.end === 'length' ? ['The model was cut off at the longest answer allowed.'] : [];
  return { actions, trace, degraded: reply.end === 'length', warnings: [...warnings, ...candidates.dropped, ...cut] };
}

function traceOf({ reasoning, text }: ModelReply): string {
  const said = [reasoning, text].filter((part) => part.trim() !== '').join('\n\n');
  return endOfText(said, TRACE_MAX_CHARS);
}

function problemOf(attempt: Attempt): string {
  const { reply, candidates } = attempt;
  if (reply.failure) return reply.failure.message;
  if (reply.end === 'filtered') return 'The model refused to answer.';
  const dropped = candidates.dropped.join(' ');
  const nothing = hasCandidates(attempt)
    ? 'Only questions were proposed; propose beside them what you would do without an answer.'
    : `No function was called that can be used; call at least one of those offered, ${ASK_PERSON} or ${FINISH}.`;
  return [nothing, dropped].filter((part) => part !== '').join(' ');
}

function failed({ runId, step }: StepRequest, attempts: readonly Attempt[]): AssentError {
  const problems = cutText([...new Set(attempts.map(problemOf))].join(' Then: '), ERROR_MAX_CHARS);
  const outcome = attempts.at(-1)?.reply.failure?.outcome ?? 'empty';
  return new AssentError(
    'model_failed',
    `The model gave nothing to plan step ${step} of run ${runId} from. ${problems} Check the endpoint (LLM_BASE_URL, LLM_MODEL) and start the run again, or send a trace or beliefs.`,
    { runId, step, outcome },
    { cause: attempts.at(-1)?.reply.failure },
  );
}
