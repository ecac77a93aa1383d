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
import { endOfText, excerpt } from '@assent/platform';
import { completeActions } from '../params';
import { reviewTexts, spoken, turnMessages } from './conversation';
import type { ModelTurn, TurnReads } from './model.turn';
import { functionsText, positionText, workspaceText } from './opening';
import { readCandidates, withoutAction, type Candidates } from './candidates';
import type { Fence } from './fence';
import { ASK_PERSON, FINISH, OWN, OWN_WITH_DECIDE, offerFunctions, type OfferedFunctions } from './offered.functions';
import { contextText, earlierText, fencedText, historyText, problemText, recalledText, recent } from './prompt.parts';
import type { Guidance, Proposal, StepRequest } from './step-request';
import { complaint } from './structured.answer';
import { decideTurn, type TriedTurn } from './turn.decision';

/** Maximum characters of the problem description in an error. */
const ERROR_MAX_CHARS = 2_000;
/** The tool that edits part of a file. */
const EDIT_TOOL = 'file.edit';

/** How an answer can be used. */
type Use =
  /** It contains an action that needs no answer from a person. */
  | 'choice'
  | 'questions'
  /** It can be executed, but the model should reconsider it once. */
  | 'objected'
  /** It is complete and calls nothing. */
  | 'words'
  /** It is complete but none of its calls can be made, or it is empty, or the model refused. */
  | 'unusable'
  /** It is incomplete. All of it is ignored, because the missing part may change the rest. */
  | 'broken';

interface Attempt {
  readonly reply: ModelReply;
  readonly candidates: Candidates;
  /** All reads of the turn; null: it does not read, or its reads are candidates of a search. */
  readonly reads: TurnReads | null;
  /** The turn's decision; null: no decision, or candidates of a search. */
  readonly turn: TriedTurn | null;
  readonly use: Use;
  /** The problem, described for the model. Empty for a choice. */
  readonly problem: string;
}

/** The parts needed to build the messages of a request. */
interface Framing {
  readonly fence: Fence;
  readonly offered: OfferedFunctions;
  readonly guidance: Guidance | null;
}

/** The P of PCE: a model reasons aloud and proposes possible next actions. */
@Injectable()
export class StepProposer {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  /**
   * Makes one call, and a second, which states the problem, when the first gives no choice. A second answer without calls ends the
   * run without its goal. Two unusable answers are an error.
   * @throws AssentError model_failed when there is nothing to use, budget_exhausted
   */
  async propose(
    request: StepRequest,
    session: CallSession,
    fence: Fence,
    guidance: Guidance | null = null,
  ): Promise<Proposal> {
    const { deliberation } = request;
    const isAlternative = deliberation === 'auto' || deliberation === 'always';
    const offered = offerFunctions(request.tools, isAlternative ? OWN_WITH_DECIDE : OWN);
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
    const again = answered(first.reply, offered, this.prompts.render('retry.user', { problem }));
    const second = await this.attempt(request, session, offered, { attempt: 2, messages: [...messages, ...again] });
    const warnings = [`The first answer of the model could not be used: ${first.problem}`];
    if (second.use === 'choice' || second.use === 'questions' || second.use === 'objected') {
      return proposalOf(second, warnings, turnOf([...added, ...again]));
    }
    const rest = [...warnings, `Nor could the second: ${second.problem}`];
    if (first.use === 'questions' || first.use === 'objected') {
      return { ...proposalOf(first, rest, turnOf(added)), degraded: true };
    }
    const decides = deliberation === 'search' ? {} : { decided: { beliefs: null, planned: [] } };
    if (second.use === 'words') return { ...wordsOnly(second), ...decides, degraded: true, warnings: rest };
    throw failed(request, [first, second]);
  }

  private async attempt(
    request: StepRequest,
    session: CallSession,
    offered: OfferedFunctions,
    { attempt, messages }: { readonly attempt: number; readonly messages: readonly ModelMessage[] },
  ): Promise<Attempt> {
    const { refusal, history, onDelta } = request;
    const { functions } = offered;
    const passOn = (event: ModelEvent): void => {
      if (event.kind === 'reasoning' || event.kind === 'text')
        onDelta({ text: event.text, channel: event.kind, attempt });
    };
    const reply = await this.caller.call(session, { purpose: 'plan', attempt, messages, ask: { functions } }, passOn);
    const candidates = readCandidates(reply.calls, { offered, refusal, history });
    const reads = request.deliberation === 'search' ? null : candidates.reads;
    const decides = request.deliberation !== 'search' && !reads && !isCutOff(reply);
    const turn = decides ? await decideTurn(reply, request, offered) : null;
    const why = turn?.decision?.why ?? '';
    if (why !== '') onDelta({ text: reply.text === '' ? why : `\n\n${why}`, channel: 'text', attempt });
    const use = useOf(reply, candidates, { turn, reads });
    const dropped = turn ? [...turn.objections, ...(turn.decision ? [] : turn.dropped)] : candidates.dropped;
    return { reply, candidates, reads, turn, use, problem: problemOf(use, reply, dropped, offered) };
  }

  /** The earlier messages and the added ones; `messages` is their concatenation, as far as it fits the window. */
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
    const values = {
      goal,
      context: contextText(context),
      fence: fence.tag,
      workspace: workspaceText(opening, fence),
      functions: functionsText(offered),
      recalled: recalledText(recalled, fence),
      assumptions: earlierText(assumptions, fence),
      history: [historyText(actions, fence), ...reviewTexts(actions, fence)].join('\n\n'),
      messages: historyText(messages, fence),
      position,
    };
    const [system, user] =
      request.deliberation === 'search'
        ? [this.prompts.render('plan.system', {}), this.prompts.render('plan.user', values)]
        : [this.prompts.render('turn.system', {}), this.prompts.render('turn.user', values)];
    return [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ];
  }

  /** The advice comes from a judge that has read data, so it counts as data too. */
  private improving({ advice, earlier, critiques }: Guidance, fence: Fence): string {
    return this.prompts.render('improve.user', {
      advice: fencedText('advice', advice, fence),
      earlier: fencedText('earlier plan', earlier, fence),
      critiques: fencedText('critique', critiques.length === 0 ? null : critiques.join('\n\n'), fence),
    });
  }
}

function isCutOff({ failure, end }: ModelReply): boolean {
  return failure !== null || end === 'length' || end === null;
}

function useOf(
  reply: ModelReply,
  { actions, dropped }: Candidates,
  { turn, reads }: Pick<Attempt, 'turn' | 'reads'>,
): Use {
  if (isCutOff(reply)) return 'broken';
  if (reply.end === 'filtered') return 'unusable';
  if (reads) return 'choice';
  if (turn?.decision) return turn.objections.length === 0 ? 'choice' : 'objected';
  if (turn) return reply.calls.length === 0 && reply.text.trim() !== '' ? 'words' : 'unusable';
  const choices = actions.filter(({ kind }) => kind !== 'ask');
  // A model that ends the run next to calls that cannot be made may believe that they were made.
  const isUnaware = dropped.length > 0 && choices.every(({ kind }) => kind === 'finish');
  if (choices.length > 0) return isUnaware ? 'objected' : 'choice';
  if (actions.length > 0) return 'questions';
  return reply.calls.length === 0 && reply.text.trim() !== '' ? 'words' : 'unusable';
}

function proposalOf(
  { reply, candidates, turn, reads }: Attempt,
  warnings: readonly string[],
  said: Omit<ModelTurn, 'answer' | 'calls'>,
): Proposal {
  const { calls, actions, dropped } = turn?.decision ? { ...turn.decision, dropped: turn.dropped } : candidates;
  return {
    ...(reply.parts ? { turn: { ...said, answer: reply.parts, calls } } : {}),
    ...(reads ? { reads } : {}),
    actions: completeActions(actions),
    trace: traceOf(reply, turn?.decision?.why),
    degraded: false,
    warnings: [...warnings, ...dropped],
    ...(turn?.decision ? { decided: { beliefs: turn.decision.beliefs, planned: turn.decision.planned } } : {}),
  };
}

/** An unusable answer with its problem. Its calls get results, which providers require. */
function answered(
  { parts, text, calls }: ModelReply,
  { nameOf, functions }: OfferedFunctions,
  problem: string,
): ModelMessage[] {
  const isOffered = (name: string) => functions.some((each) => each.name === name);
  if (!parts || calls.length === 0 || !calls.every(({ name }) => isOffered(nameOf(name)) && nameOf(name) === name)) {
    return complaint(text, problem);
  }
  const results = calls.map(({ id, name }) => ({ id, name, text: 'Not carried out. The next message says why.' }));
  return [
    { role: 'assistant', content: parts },
    { role: 'tool', results },
    { role: 'user', content: problem },
  ];
}

function wordsOnly({ reply }: Attempt): Pick<Proposal, 'actions' | 'trace'> {
  return { actions: withoutAction(reply.text), trace: traceOf(reply) };
}

function traceOf({ reasoning, text }: ModelReply, why = ''): string {
  const said = [reasoning, text, why].filter((part) => part.trim() !== '').join('\n\n');
  return endOfText(said, TRACE_MAX_CHARS);
}

function problemOf(use: Use, reply: ModelReply, dropped: readonly string[], offered: OfferedFunctions): string {
  switch (use) {
    case 'choice':
      return '';
    case 'objected':
      return dropped.join('\n');
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
      ].join(dropped.some((line) => line.startsWith('{')) ? '\n' : ' ');
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
  const problems = excerpt([...new Set(attempts.map(({ problem }) => problem))].join(' Then: '), ERROR_MAX_CHARS);
  const last = attempts.at(-1)?.reply;
  return new AssentError(
    'model_failed',
    `The model returned nothing to plan step ${step} of run ${runId} from. ${problems} ${adviceOf(last)}`,
    { runId, step, outcome: last?.failure?.outcome ?? last?.end ?? 'empty' },
    { cause: last?.failure },
  );
}

/** The advice for an error, by how the last answer ended. */
function adviceOf(reply: ModelReply | undefined): string {
  if (reply?.failure) return reply.failure.advice;
  if (reply?.end === 'length') return 'Raise LLM_MAX_OUTPUT_TOKENS, or start the run again with a smaller goal.';
  if (reply?.end === 'filtered') return 'Put the goal in other words, or use another model.';
  return 'Use a model that calls functions (LLM_MODEL), or send a trace or beliefs.';
}
