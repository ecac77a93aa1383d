import { Injectable } from '@nestjs/common';
import { AssentError, TRACE_MAX_CHARS } from '@assent/contract';
import {
  PromptLibrary,
  type ModelEvent,
  type ModelMessage,
  ModelCaller,
  type CallSession,
  type ModelReply,
} from '@assent/models';
import { cutText, endOfText } from '@assent/platform';
import { spoken, turnMessages } from './conversation';
import type { ModelTurn } from './model.turn';
import { functionsText, positionText, workspaceText } from './opening';
import { readCandidates, withoutAction, type Candidates } from './candidates';
import type { Fence } from './fence';
import { ASK_PERSON, FINISH, offerFunctions, type OfferedFunctions } from './offered.functions';
import { contextText, earlierText, fencedText, historyText, problemText, recalledText, recent } from './prompt.parts';
import type { Guidance, Proposal, StepRequest } from './step-request';
import { complaint } from './structured.answer';

/** Longest account of what went wrong in an error, in characters. */
const ERROR_MAX_CHARS = 2_000;
/** The tool that changes a part of a file. */
const EDIT_TOOL = 'file.edit';

/** How an answer can be used. */
type Use =
  /** There is something to do without an answer of a person. */
  | 'choice'
  | 'questions'
  /** It is whole and calls nothing. */
  | 'words'
  /** It is whole, and no call of it can be made; or it says nothing; or the model refused. */
  | 'unusable'
  /** It did not come to its end: nothing of it counts, for what is missing may change what is there. */
  | 'broken';

interface Attempt {
  readonly reply: ModelReply;
  readonly candidates: Candidates;
  readonly use: Use;
  /** What is wrong with it, in words for the model. Empty for a choice. */
  readonly problem: string;
}

/** What the messages of a request are made with. */
interface Framing {
  readonly fence: Fence;
  readonly offered: OfferedFunctions;
  readonly guidance: Guidance | null;
}

/** The P of PCE: a model thinks aloud and proposes what could be done next. */
@Injectable()
export class StepProposer {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  /**
   * One call, and a second one, which names the cause, when the first is no choice. A second answer of plain words ends the
   * run without its goal; after two answers of which neither can be used nothing is taken for a result.
   * @throws AssentError model_failed when there is nothing to use, budget_exhausted
   */
  async propose(
    request: StepRequest,
    session: CallSession,
    fence: Fence,
    guidance: Guidance | null = null,
  ): Promise<Proposal> {
    const offered = offerFunctions(request.tools);
    const { messages, added, elided } = await this.messages(request, session, { fence, offered, guidance });
    const turnOf = (sent: readonly ModelMessage[]) => ({
      step: request.step,
      seed: request.turns?.[0]?.seed ?? request.treeId,
      sent,
      elided,
    });
    const first = await this.attempt(request, session, offered, { attempt: 1, messages });
    if (first.use === 'choice') return proposalOf(first, [], turnOf(added));
    if (first.reply.failure?.outcome === 'rejected') throw failed(request, [first]);
    const problem = problemText(first.problem, fence);
    const again = complaint(first.reply.text, this.prompts.render('retry.user', { problem }));
    const second = await this.attempt(request, session, offered, { attempt: 2, messages: [...messages, ...again] });
    const warnings = [`The first answer of the model could not be used: ${first.problem}`];
    if (second.use === 'choice' || second.use === 'questions') {
      return proposalOf(second, warnings, turnOf([...added, ...again]));
    }
    const rest = [...warnings, `Nor could the second: ${second.problem}`];
    if (first.use === 'questions') return { ...proposalOf(first, rest, turnOf(added)), degraded: true };
    if (second.use === 'words') return { ...wordsOnly(second), degraded: true, warnings: rest };
    throw failed(request, [first, second]);
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
    const candidates = readCandidates(reply.calls, { offered, refusal, history });
    const use = useOf(reply, candidates);
    return { reply, candidates, use, problem: problemOf(use, reply, candidates, offered) };
  }

  /** What was said before, and what is added now; `messages` is all of it, as far as the window holds it. */
  private async messages(request: StepRequest, session: CallSession, { fence, offered, guidance }: Framing) {
    const { turns = [], promptTokens = Infinity } = request;
    const position = positionText(request, await this.caller.tokensLeft(session));
    const added =
      turns.length === 0 ? this.opening(request, { fence, offered, position }) : turnMessages(request, fence, position);
    const { messages, elided } = spoken(turns, added, promptTokens);
    if (!guidance) return { messages, added, elided };
    const improving: ModelMessage = { role: 'user', content: this.improving(guidance, fence) };
    return { messages: [...messages, improving], added: [...added, improving], elided };
  }

  /** The system prompt is the same for every run, so that a provider can cache it together with the functions. */
  private opening(
    request: StepRequest,
    { fence, offered, position }: Pick<Framing, 'fence' | 'offered'> & { readonly position: string },
  ): ModelMessage[] {
    const { goal, context, opening, recalled, assumptions, history } = request;
    const { actions, messages } = recent(history);
    const user = this.prompts.render('plan.user', {
      goal,
      context: contextText(context),
      fence: fence.tag,
      workspace: workspaceText(opening, fence),
      functions: functionsText(offered),
      recalled: recalledText(recalled, fence),
      assumptions: earlierText(assumptions, fence),
      history: historyText(actions, fence),
      messages: historyText(messages, fence),
      position,
    });
    return [
      { role: 'system', content: this.prompts.render('plan.system', {}) },
      { role: 'user', content: user },
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

function useOf(reply: ModelReply, { actions }: Candidates): Use {
  if (reply.failure || reply.end === 'length' || reply.end === null) return 'broken';
  if (reply.end === 'filtered') return 'unusable';
  if (actions.some(({ kind }) => kind !== 'ask')) return 'choice';
  if (actions.length > 0) return 'questions';
  return reply.calls.length === 0 && reply.text.trim() !== '' ? 'words' : 'unusable';
}

function proposalOf(
  { reply, candidates }: Attempt,
  warnings: readonly string[],
  turn: Omit<ModelTurn, 'answer' | 'calls'>,
): Proposal {
  return {
    ...(reply.parts ? { turn: { ...turn, answer: reply.parts, calls: candidates.calls } } : {}),
    actions: candidates.actions,
    trace: traceOf(reply),
    degraded: false,
    warnings: [...warnings, ...candidates.dropped],
  };
}

function wordsOnly({ reply }: Attempt): Pick<Proposal, 'actions' | 'trace'> {
  return { actions: withoutAction(reply.text), trace: traceOf(reply) };
}

function traceOf({ reasoning, text }: ModelReply): string {
  const said = [reasoning, text].filter((part) => part.trim() !== '').join('\n\n');
  return endOfText(said, TRACE_MAX_CHARS);
}

function problemOf(use: Use, reply: ModelReply, { dropped }: Candidates, offered: OfferedFunctions): string {
  switch (use) {
    case 'choice':
      return '';
    case 'questions':
      return [
        'Only questions were proposed; propose beside them what you would do without an answer.',
        ...dropped,
      ].join(' ');
    case 'words':
      return `No function was called, so nothing was done. Call a function; \`${FINISH}\` if you are done.`;
    case 'broken':
      return reply.failure?.message ?? cutOff(reply, offered);
    case 'unusable':
      if (reply.end === 'filtered') return 'The model refused to answer.';
      return [
        `No function was called that can be used; call at least one of those offered, ${ASK_PERSON} or ${FINISH}.`,
        ...dropped,
      ].join(' ');
  }
}

function cutOff({ maxOutputTokens, text, calls }: ModelReply, { toolOf }: OfferedFunctions): string {
  const edits = toolOf(EDIT_TOOL) ? `use ${EDIT_TOOL}, or write` : 'write';
  const what =
    text.trim() === '' && calls.length === 0
      ? 'think less before you call a function'
      : `${edits} the file in parts, and say less`;
  return `Your answer was cut at ${maxOutputTokens.toLocaleString('en-US')} tokens: ${what}.`;
}

function failed({ runId, step }: StepRequest, attempts: readonly Attempt[]): AssentError {
  const problems = cutText([...new Set(attempts.map(({ problem }) => problem))].join(' Then: '), ERROR_MAX_CHARS);
  const last = attempts.at(-1)?.reply;
  return new AssentError(
    'model_failed',
    `The model gave nothing to plan step ${step} of run ${runId} from. ${problems} ${adviceOf(last)}`,
    { runId, step, outcome: last?.failure?.outcome ?? last?.end ?? 'empty' },
    { cause: last?.failure },
  );
}

/** What to do about it, by how the last answer ended. */
function adviceOf(reply: ModelReply | undefined): string {
  if (reply?.failure) return reply.failure.advice;
  if (reply?.end === 'length') return 'Raise LLM_MAX_OUTPUT_TOKENS, or start the run again with a smaller goal.';
  if (reply?.end === 'filtered') return 'Put the goal in other words, or use another model.';
  return 'Use a model that calls functions (LLM_MODEL), or send a trace or beliefs.';
}
