import { estimateTokens, messageText, type CallResult, type ModelMessage } from '@assent/models';
import { cutText } from '@assent/platform';
import { ASK_PERSON } from './offered.functions';
import { historyText } from './prompt.parts';
import type { Fence } from './fence';
import type { PastTurn } from './model.turn';
import { planSoFar, plannedLines } from './turn.plan';
import type { PastStep, StepRequest } from './step-request';

/** Share of the window used after eliding results. Large steps seldom invalidate the provider's cache. */
const SHARE_AFTER_ELISION = 0.5;
/** Maximum characters of a result that is always kept, because the notice of its elision would be about as long. */
export const KEPT_RESULT_CHARS = 300;
/** Characters kept of the first line of an elided result: a path with its lines. */
const KEPT_LINE_CHARS = 200;

export interface Spoken {
  readonly messages: readonly ModelMessage[];
  readonly elided: number;
}

/**
 * The earlier messages followed by the new ones. The conversation only grows, so that each request begins with the whole previous
 * one. When it no longer fits, the oldest results are elided, but never the last one.
 * @param maxTokens estimated maximum tokens of a prompt
 */
export function spoken(turns: readonly PastTurn[], added: readonly ModelMessage[], maxTokens: number): Spoken {
  const messages = [
    ...turns.flatMap(({ sent, answer }) => [...sent, { role: 'assistant' as const, content: answer }]),
    ...added,
  ];
  const results = messages.filter(({ role }) => role === 'tool').length;
  const before = turns.at(-1)?.elided ?? 0;
  let elided = before;
  let shown = without(messages, elided);
  if (tokensOf(shown) > maxTokens) {
    while (elided < results - 1 && tokensOf(shown) > maxTokens * SHARE_AFTER_ELISION) {
      elided += 1;
      shown = without(messages, elided);
    }
  }
  return { messages: shown, elided };
}

/** The messages that follow the last turn's answer: a result for each of its calls, then the position of the run. */
export function turnMessages(request: StepRequest, fence: Fence, position: string): ModelMessage[] {
  const { turns = [], history } = request;
  const last = turns.at(-1);
  if (!last) return [];
  const past = history.find((each) => each.step === last.step);
  const results = resultsOf(last, past, fence);
  const asked = last.calls.some(({ decides }) => decides) && past?.action.kind === 'ask' ? [past] : [];
  const others = history.filter((each) => each.step > last.step);
  const parts = [
    ...reviewTexts(past ? [past, ...others] : others, fence),
    // Separate from the results, because people's texts are never elided.
    ...asked.map((step) => `The answer to your question:\n${fence.around('answer', step.result ?? step.outcome)}`),
    ...(others.length === 0 ? [] : [`Done since then:\n\n${historyText(others, fence)}`]),
    ...resolvedText(request, fence),
    ...plannedText(request, fence),
    ...(changed(past)
      ? ['The change was made. Verify it before you finish: read it back, and run the checks that you may run.']
      : []),
    position,
  ];
  return [
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, results }]),
    { role: 'user', content: parts.join('\n\n') },
  ];
}

function resultsOf(turn: PastTurn, past: PastStep | undefined, fence: Fence): CallResult[] {
  if (turn.reads) return readResults(turn, past, fence);
  const { answer, calls, chosen } = turn;
  const outcome = past?.result ?? past?.outcome ?? 'It is not known.';
  let isGiven = false;
  return answer.flatMap((part) => {
    if (part.kind !== 'call') return [];
    const { id, name } = part;
    const call = calls.find((each) => each.id === id);
    if (call?.decides) {
      const head = `Candidate ${chosen} was chosen, the others were not carried out.`;
      if (past?.action.kind === 'ask') return [{ id, name, text: head }];
      return [{ id, name, text: `${head}\n${fence.around(`result of candidate ${chosen}`, outcome)}` }];
    }
    if (call?.note !== undefined) return [{ id, name, text: call.note }];
    if (call?.actionId !== chosen) {
      const why = call?.problem ?? 'Another of the proposals was chosen.';
      return [{ id, name, text: `Not carried out. ${why}` }];
    }
    if (isGiven) return [{ id, name, text: 'The same as the call before.' }];
    isGiven = true;
    return [{ id, name, text: fence.around(`result of ${name}`, outcome) }];
  });
}

/** People's comments on proposals. They are separate from the results, so that they stay when results are elided. */
export function reviewTexts(steps: readonly PastStep[], fence: Fence): string[] {
  return steps.flatMap(({ step, review }) =>
    review === undefined ? [] : [`The decision on step ${step}:\n${fence.around(`decision on step ${step}`, review)}`],
  );
}

/** Each read with its result, and every other call with the reason why it was not made. */
function readResults({ answer, calls }: PastTurn, past: PastStep | undefined, fence: Fence): CallResult[] {
  const given = new Set<string>();
  return answer.flatMap((part) => {
    if (part.kind !== 'call') return [];
    const { id, name } = part;
    const { actionId = null, problem = null, note } = calls.find((each) => each.id === id) ?? {};
    if (actionId === null) return [{ id, name, text: note ?? `Not carried out. ${problem ?? ''}` }];
    if (given.has(actionId)) return [{ id, name, text: 'The same as the call before.' }];
    given.add(actionId);
    const read = past?.reads?.find((each) => each.actionId === actionId);
    return [{ id, name, text: fence.around(`result of ${name}`, read?.text ?? 'It is not known.') }];
  });
}

/** Resolved assumptions that the conversation does not list yet. */
function resolvedText({ assumptions, turns = [] }: StepRequest, fence: Fence): string[] {
  const said = new Set(turns.flatMap(({ sent }) => sent.flatMap((message) => messageText(message).split('\n'))));
  const lines = assumptions
    .filter(({ truth }) => truth !== null)
    .map(({ text, truth }) => `- [${truth === true ? 'true' : 'false'}] ${text.replace(/\s+/gu, ' ').trim()}`)
    .filter((line) => !said.has(line));
  return lines.length === 0 ? [] : [`Settled since then:\n${fence.around('assumptions', lines.join('\n'))}`];
}

/** Planned steps that have not been made. */
function plannedText({ turns = [], history }: StepRequest, fence: Fence): string[] {
  const lines = plannedLines(planSoFar(turns, history));
  if (lines === '') return [];
  return [`Planned, not made yet; call each again when it is its turn:\n${fence.around('plan', lines)}`];
}

/** Whether the step applied a change, according to its outcome. */
function changed(past: PastStep | undefined): boolean {
  return past?.outcome.includes('"kind":"applied"') === true;
}

/** The messages with the results of the first `elided` ones elided. A person's answer stays. */
function without(messages: readonly ModelMessage[], elided: number): ModelMessage[] {
  let left = elided;
  return messages.map((message) => {
    if (message.role !== 'tool' || left === 0) return message;
    left -= 1;
    return {
      role: message.role,
      results: message.results.map((result) =>
        result.name === ASK_PERSON ? result : { ...result, text: elidedText(result.text) },
      ),
    };
  });
}

/** Keeps the first line of a fenced result, which names it, and adds a notice that the rest was elided. */
function elidedText(text: string): string {
  if (text.length <= KEPT_RESULT_CHARS) return text;
  const lines = text.split('\n');
  const [opening = '', first = ''] = lines;
  return [
    cutText(opening, KEPT_LINE_CHARS),
    cutText(first, KEPT_LINE_CHARS),
    '[elided; call the function again if you need it]',
    cutText(lines.at(-1) ?? '', KEPT_LINE_CHARS),
  ].join('\n');
}

function tokensOf(messages: readonly ModelMessage[]): number {
  return estimateTokens(messages.reduce((chars, message) => chars + messageText(message).length, 0));
}
