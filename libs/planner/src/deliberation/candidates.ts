import type { Action, Finish, JsonObject } from '@assent/contract';
import type { ProposedCall } from '@assent/models';
import { canonicalJson, cutText, excerpt } from '@assent/platform';
import { completeActions, type KnownAction } from '../params';
import { DECIDE } from './decide.schema';
import { ASK_PERSON, FINISH, type OfferedFunctions } from './offered.functions';
import type { ReadCall, TurnReads } from './model.turn';
import type { PastStep, StepRequest, ToolOffer } from './step-request';

/** Maximum candidates. Reviewers read no more, and models that propose more repeat themselves. */
export const MAX_CANDIDATES = 16;
/** Maximum characters of answer texts, the same as for actions of a caller. */
const ANSWER_TEXT_MAX_CHARS = 2_000;
/** Maximum options and maximum assumptions of one question. */
const MAX_OPTIONS = 16;
const MAX_ASKED_ASSUMPTIONS = 16;
const ID_MAX_CHARS = 128;
const FINISH_LABEL = 'finish';
/** Result for a call that would change, ask or end something in a turn that also reads. */
export const NOT_YET =
  'Not made yet: the reads of the same answer come first. Call it again now that you have seen the results.';
const TOO_MANY = `Only the first ${MAX_CANDIDATES} proposals are weighed.`;
/** Maximum reasons listed. Further mistakes of a model usually repeat them. */
const MAX_REASONS = 8;

/** An action without an id. */
export type Candidate = Omit<KnownAction, 'id'>;

/** Maximum characters quoted from an earlier answer. */
const ANSWER_MAX_CHARS = 200;

export interface Candidates {
  /** Actions with the ids `a1`, `a2`, ... in the order proposed. */
  readonly actions: readonly Action[];
  /** Why calls were dropped, in sentences for the model; at most 10. */
  readonly dropped: readonly string[];
  /** One entry per call, in order. */
  readonly calls: readonly ReadCall[];
  /** null: no call is a valid read. */
  readonly reads: TurnReads | null;
}

/** One call as interpreted. */
interface Understood extends Pick<ReadCall, 'id' | 'name' | 'problem'> {
  /** Identity of the proposed action; null: no action. */
  readonly key: string | null;
  readonly isRead: boolean;
  /** The call of `decide`, which another reader handles. */
  readonly decides: boolean;
}

/** The facts needed to read calls. */
export interface CandidateFacts {
  readonly offered: OfferedFunctions;
  readonly refusal: StepRequest['refusal'];
  /** Finished steps. Their questions are not asked again. */
  readonly history: readonly PastStep[];
}

/** Reads the calls of a model as candidate actions. Pure, except for the state that `refusal` reads. */
export function readCandidates(
  calls: readonly ProposedCall[],
  { offered, refusal, history }: CandidateFacts,
): Candidates {
  const reasons: string[] = [];
  const distinct = new Map<string, Candidate>();
  const read = calls.map((call): Understood => {
    const name = offered.nameOf(call.name);
    const decides = name === DECIDE && offered.functions.some((each) => each.name === name);
    const proposed = readCall({ ...call, name }, offered, refusal);
    const repeat = typeof proposed === 'string' ? null : repeatOf(proposed.question ?? '', history);
    const candidate = repeat ?? proposed;
    if (typeof candidate === 'string') {
      reasons.push(`${call.name}: ${candidate}`);
      return { id: call.id, name: call.name, key: null, isRead: false, decides, problem: candidate };
    }
    const key = identity(candidate);
    distinct.set(key, distinct.get(key) ?? candidate);
    const isRead = offered.toolOf(name)?.effect === 'read';
    return { id: call.id, name: call.name, key, isRead, decides, problem: null };
  });
  const dropped = reasons.slice(0, MAX_REASONS);
  if (reasons.length > dropped.length) dropped.push(`... and ${reasons.length - dropped.length} more.`);
  const kept = [...distinct.keys()].slice(0, MAX_CANDIDATES);
  if (distinct.size > kept.length) {
    dropped.push(`${distinct.size} actions were proposed; the first ${MAX_CANDIDATES} are weighed.`);
  }
  const actions = numbered([...distinct.values()].slice(0, MAX_CANDIDATES));
  return {
    actions,
    dropped,
    calls: read.map(({ id, name, key, problem }) => {
      const actionId = key === null ? null : (actions[kept.indexOf(key)]?.id ?? null);
      return { id, name, actionId, problem: problem ?? (actionId === null ? TOO_MANY : null) };
    }),
    reads: turnReads(read, distinct),
  };
}

/** All reads are made. Their only limit is the maximum number of calls in an answer. */
function turnReads(read: readonly Understood[], distinct: ReadonlyMap<string, Candidate>): TurnReads | null {
  const keys = [...new Set(read.flatMap(({ key, isRead }) => (isRead && key !== null ? [key] : [])))];
  if (keys.length === 0) return null;
  const idOf = (key: string) => `a${keys.indexOf(key) + 1}`;
  return {
    reads: keys.map((key) => {
      const { tool = '', args = {} } = distinct.get(key) ?? {};
      return { actionId: idOf(key), tool, args: args as JsonObject };
    }),
    calls: read.map(({ id, name, key, isRead, decides, problem }) => {
      const common = { id, name, actionId: isRead && key !== null ? idOf(key) : null };
      const isLater = decides || (problem === null && !isRead);
      return isLater ? { ...common, problem: null, note: NOT_YET } : { ...common, problem };
    }),
  };
}

/** The only action when the model twice answered with text and no calls. It reports that the goal was not reached. */
export function withoutAction(words: string): readonly Action[] {
  return numbered([finishing(words, { reached: false, reason: 'no_action' })]);
}

function numbered(inputs: readonly Candidate[]): Action[] {
  const order = inputs.map((_, index) => `a${index + 1}`);
  const complete = completeActions(inputs.map((input, index) => ({ ...input, id: order[index] ?? '' })));
  return complete.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** @returns the action, or a sentence that says why the call is not one */
function readCall(
  { name, args, problem }: ProposedCall,
  offered: OfferedFunctions,
  refusal: StepRequest['refusal'],
): Candidate | string {
  const tool = offered.toolOf(name);
  if (!tool && name !== ASK_PERSON && name !== FINISH) return 'There is no such function.';
  if (typeof args === 'string' || problem?.includes('JSON') === true) return 'The arguments are not valid JSON.';
  if (!isObject(args)) return 'The arguments are not a JSON object.';
  if (name === FINISH) return finishingOf(args);
  if (!tool) return askingOf(args);
  const refused = refusal(tool.name, args);
  return refused ?? callingOf(tool, args);
}

export function callingOf({ name, effort, effect }: ToolOffer, args: JsonObject): Candidate {
  return { kind: 'tool', tool: name, args, effort, irreversible: effect === 'external' };
}

/** Why a question cannot be asked again, with its answer, which may be older than the prompt; null for a new question. */
export function repeatOf(question: string, history: readonly PastStep[]): string | null {
  const past = history.findLast(({ action }) => action.kind === 'ask' && folded(action.label) === folded(question));
  if (!past) return null;
  const answer = cutText(past.outcome, ANSWER_MAX_CHARS);
  return `This was asked in step ${past.step} already, and its answer is in the prompt: ${answer}`;
}

/** @returns the question, or a sentence that says why it cannot be asked */
export function askingOf(args: JsonObject): Candidate | string {
  const question = textIn(args, 'question');
  if (question === '') return 'The question is empty.';
  const options = textsIn(args, 'options', ANSWER_TEXT_MAX_CHARS).slice(0, MAX_OPTIONS);
  const assumptionIds = textsIn(args, 'assumptionIds', ID_MAX_CHARS).slice(0, MAX_ASKED_ASSUMPTIONS);
  return {
    kind: 'ask',
    question,
    ...(options.length === 0 ? {} : { options }),
    ...(assumptionIds.length === 0 ? {} : { assumptionIds }),
  };
}

export function finishingOf(args: JsonObject): Candidate {
  return finishing(textIn(args, 'summary'), finishIn(args));
}

function finishing(summary: string, finish: Finish): Candidate {
  const label = excerpt(summary.trim(), ANSWER_TEXT_MAX_CHARS);
  return { kind: 'finish', label: label === '' ? FINISH_LABEL : label, finish };
}

/** `reached` is null unless the model gave a boolean. */
function finishIn(args: JsonObject): Finish {
  const { reached } = args;
  const said = typeof reached === 'string' ? reached.trim().toLowerCase() : reached;
  const remaining = textIn(args, 'remaining');
  return {
    reached: said === true || said === 'true' ? true : said === false || said === 'false' ? false : null,
    ...(remaining === '' ? {} : { remaining }),
  };
}

/** The distinct texts of a list. */
function textsIn(args: JsonObject, name: string, maxChars: number): string[] {
  const list = args[name];
  const texts = (Array.isArray(list) ? list : []).flatMap((item) => (typeof item === 'string' ? [item.trim()] : []));
  return [...new Set(texts.filter((text) => text !== '').map((text) => excerpt(text, maxChars)))];
}

function textIn(args: JsonObject, name: string): string {
  const words = args[name];
  return typeof words === 'string' ? excerpt(words.trim(), ANSWER_TEXT_MAX_CHARS) : '';
}

/** Calls are equal by this key: all finishes, equal questions, and calls of one tool with equal arguments. */
function identity({ kind, tool, args, question }: Candidate): string {
  return canonicalJson({ kind, tool, args, question: question === undefined ? undefined : folded(question) });
}

/** Normalises a question, so that case, spaces and character forms do not matter. */
function folded(question: string): string {
  return question.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
