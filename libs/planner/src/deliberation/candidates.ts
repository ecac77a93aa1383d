import type { Action, Finish, JsonObject } from '@assent/contract';
import type { ProposedCall } from '@assent/models';
import { cutText } from '@assent/platform';
import { canonicalJson } from '../hash';
import { completeActions, type KnownAction } from '../params';
import { DECIDE } from './decide.schema';
import { ASK_PERSON, FINISH, type OfferedFunctions } from './offered.functions';
import type { ReadCall, TurnReads } from './model.turn';
import type { PastStep, StepRequest, ToolOffer } from './step-request';

/** More would not be read by the person who looks at the tree; models that propose more repeat themselves. */
export const MAX_CANDIDATES = 16;
/** As long as an action of a caller may have them. */
const ANSWER_TEXT_MAX_CHARS = 2_000;
/** Options and assumptions of one question. */
const MAX_OPTIONS = 16;
const MAX_ASKED_ASSUMPTIONS = 16;
const ID_MAX_CHARS = 128;
const FINISH_LABEL = 'finish';
/** The answer to a call that changes, asks or ends something in a turn that also reads. */
export const NOT_YET =
  'Not made yet: the reads of the same answer come first. Call it again now that you have seen the results.';
const TOO_MANY = `Only the first ${MAX_CANDIDATES} proposals are weighed.`;
/** Reasons listed one by one; further mistakes of a model repeat the same ones. */
const MAX_REASONS = 8;

/** An action that is not numbered yet. */
export type Candidate = Omit<KnownAction, 'id'>;

/** What is repeated of an earlier answer, in characters. */
const ANSWER_MAX_CHARS = 200;

export interface Candidates {
  /** `a1`, `a2`, ... in the order they were proposed. */
  readonly actions: readonly Action[];
  /** Why calls were dropped, each in words that a model understands as well; at most 10. */
  readonly dropped: readonly string[];
  /** In the order of the calls. */
  readonly calls: readonly ReadCall[];
  /** null: no call is a read that can be made. */
  readonly reads: TurnReads | null;
}

/** One call as it was understood. */
interface Understood extends Pick<ReadCall, 'id' | 'name' | 'problem'> {
  /** Identity of what it proposes; null: it proposes nothing. */
  readonly key: string | null;
  readonly isRead: boolean;
  /** It is the call of `decide`, which others read. */
  readonly decides: boolean;
}

/** What calls are read against. */
export interface CandidateFacts {
  readonly offered: OfferedFunctions;
  readonly refusal: StepRequest['refusal'];
  /** Steps that are over: what was asked in them is not asked again. */
  readonly history: readonly PastStep[];
}

/** Reads the calls of a model as actions to choose from. Pure, apart from what `refusal` looks at. */
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

/** All reads are made, so their number has no other limit than that of the calls of an answer. */
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

/** The only action where a model has said something and called nothing, twice: it has not reached the goal. */
export function withoutAction(words: string): readonly Action[] {
  return numbered([finishing(words, { reached: false, reason: 'no_action' })]);
}

function numbered(inputs: readonly Candidate[]): Action[] {
  const order = inputs.map((_, index) => `a${index + 1}`);
  const complete = completeActions(inputs.map((input, index) => ({ ...input, id: order[index] ?? '' })));
  return complete.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** @returns why it cannot be an action, as a sentence */
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

/** Why a question cannot be asked again, with its answer, which may be further back than the prompt goes; null: it is new. */
export function repeatOf(question: string, history: readonly PastStep[]): string | null {
  const past = history.findLast(({ action }) => action.kind === 'ask' && folded(action.label) === folded(question));
  if (!past) return null;
  const answer = cutText(past.outcome, ANSWER_MAX_CHARS);
  return `This was asked in step ${past.step} already, and its answer is in the prompt: ${answer}`;
}

/** @returns why it cannot be asked, as a sentence */
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
  const label = cutText(summary.trim(), ANSWER_TEXT_MAX_CHARS);
  return { kind: 'finish', label: label === '' ? FINISH_LABEL : label, finish };
}

/** `reached` is null unless the model gave a clear true or false. */
function finishIn(args: JsonObject): Finish {
  const { reached } = args;
  const said = typeof reached === 'string' ? reached.trim().toLowerCase() : reached;
  const remaining = textIn(args, 'remaining');
  return {
    reached: said === true || said === 'true' ? true : said === false || said === 'false' ? false : null,
    ...(remaining === '' ? {} : { remaining }),
  };
}

/** The texts of a list, each once. */
function textsIn(args: JsonObject, name: string, maxChars: number): string[] {
  const list = args[name];
  const texts = (Array.isArray(list) ? list : []).flatMap((item) => (typeof item === 'string' ? [item.trim()] : []));
  return [...new Set(texts.filter((text) => text !== '').map((text) => cutText(text, maxChars)))];
}

function textIn(args: JsonObject, name: string): string {
  const words = args[name];
  return typeof words === 'string' ? cutText(words.trim(), ANSWER_TEXT_MAX_CHARS) : '';
}

/** What makes two calls the same: a run finishes once, a question is asked once, a tool is called with its arguments. */
function identity({ kind, tool, args, question }: Candidate): string {
  return canonicalJson({ kind, tool, args, question: question === undefined ? undefined : folded(question) });
}

/** Two questions that differ in case, spaces or forms of characters are one. */
function folded(question: string): string {
  return question.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
