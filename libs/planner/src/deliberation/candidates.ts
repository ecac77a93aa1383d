import type { Action, ActionInput, JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { canonicalJson } from '../hash';
import { completeActions } from '../params';
import { ASK_PERSON, FINISH, type OfferedFunctions } from './offered.functions';
import type { ProposedCall } from './model.reply';
import type { PastStep, StepRequest } from './step-request';

/** More would not be read by the person who looks at the tree; models that propose more repeat themselves. */
export const MAX_CANDIDATES = 16;
/** As long as an action of a caller may have them. */
const WORDS_MAX_CHARS = 2_000;
const FINISH_LABEL = 'finish';
/** Reasons that are told one by one; a model that is wrong more often is wrong in the same way. */
const MAX_REASONS = 8;
/** What is repeated of an earlier answer, in characters. */
const ANSWER_MAX_CHARS = 200;

export interface Candidates {
  /** `a1`, `a2`, ... in the order they were proposed. */
  readonly actions: readonly Action[];
  /** Why calls were dropped, each in words that a model understands as well; at most 10. */
  readonly dropped: readonly string[];
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
  const asked = new Map(
    history.flatMap((past) => (past.action.kind === 'ask' ? [[folded(past.action.label), past] as const] : [])),
  );
  const distinct = new Map<string, Omit<ActionInput, 'id'>>();
  for (const call of calls) {
    const read = refusedRepeat(readCall(call, offered, refusal), asked);
    if (typeof read === 'string') reasons.push(`${call.name}: ${read}`);
    else distinct.set(identity(read), distinct.get(identity(read)) ?? read);
  }
  const dropped = reasons.slice(0, MAX_REASONS);
  if (reasons.length > dropped.length) dropped.push(`... and ${reasons.length - dropped.length} more.`);
  const kept = [...distinct.values()].slice(0, MAX_CANDIDATES);
  if (distinct.size > kept.length) {
    dropped.push(`${distinct.size} actions were proposed; the first ${MAX_CANDIDATES} are weighed.`);
  }
  return { actions: numbered(kept), dropped };
}

/** The only action where a model has said something and proposed nothing: its words stand as the summary. */
export function finishOnly(words: string): readonly Action[] {
  return numbered([finishing(words)]);
}

function numbered(inputs: readonly Omit<ActionInput, 'id'>[]): Action[] {
  const order = inputs.map((_, index) => `a${index + 1}`);
  const complete = completeActions(inputs.map((input, index) => ({ ...input, id: order[index] ?? '' })));
  return complete.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}

/** @returns why it cannot be an action, as a sentence */
function readCall(
  { name, args, problem }: ProposedCall,
  offered: OfferedFunctions,
  refusal: StepRequest['refusal'],
): Omit<ActionInput, 'id'> | string {
  const tool = offered.toolOf(name);
  if (!tool && name !== ASK_PERSON && name !== FINISH) return 'There is no such function.';
  if (typeof args === 'string' || problem?.includes('JSON') === true) return 'The arguments are no valid JSON.';
  if (!isObject(args)) return 'The arguments are no JSON object.';
  if (!tool) return name === FINISH ? finishing(wordsIn(args, 'summary')) : asking(wordsIn(args, 'question'));
  const refused = refusal(tool.name, args);
  if (refused !== null) return refused;
  return { kind: 'tool', tool: tool.name, args, effort: tool.effort, irreversible: tool.effect === 'external' };
}

/** @returns that it was asked before, with the answer, which may be further back than the prompt goes */
function refusedRepeat(
  read: Omit<ActionInput, 'id'> | string,
  asked: ReadonlyMap<string, PastStep>,
): Omit<ActionInput, 'id'> | string {
  if (typeof read === 'string' || read.question === undefined) return read;
  const past = asked.get(folded(read.question));
  if (!past) return read;
  const answer = cutText(past.outcome, ANSWER_MAX_CHARS);
  return `This was asked in step ${past.step} already, and its answer is in the prompt: ${answer}`;
}

function asking(question: string): Omit<ActionInput, 'id'> | string {
  return question === '' ? 'The question is empty.' : { kind: 'ask', question };
}

function finishing(summary: string): Omit<ActionInput, 'id'> {
  const label = cutText(summary.trim(), WORDS_MAX_CHARS);
  return { kind: 'finish', label: label === '' ? FINISH_LABEL : label };
}

function wordsIn(args: JsonObject, name: string): string {
  const words = args[name];
  return typeof words === 'string' ? cutText(words.trim(), WORDS_MAX_CHARS) : '';
}

/** What makes two calls the same: a run finishes once, a question is asked once, a tool is called with its arguments. */
function identity({ kind, tool, args, question }: Omit<ActionInput, 'id'>): string {
  return canonicalJson({ kind, tool, args, question: question === undefined ? undefined : folded(question) });
}

/** Two questions that differ in case, spaces or forms of characters are one. */
function folded(question: string): string {
  return question.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
