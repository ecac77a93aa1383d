import { estimateTokens, messageText, type CallResult, type ModelMessage } from '@assent/models';
import { historyText } from './prompt.parts';
import type { Fence } from './fence';
import type { PastTurn } from './model.turn';
import type { PastStep, StepRequest } from './step-request';

/** Share of the window that is left after results were elided: large steps, so that a provider's cache breaks seldom. */
const SHARE_AFTER_ELISION = 0.5;

export interface Spoken {
  readonly messages: readonly ModelMessage[];
  readonly elided: number;
}

/**
 * Everything that was said before, then what is new. It only grows, so that each request begins with the whole of the one
 * before; when it no longer fits, the oldest results are left out, never the last one.
 * @param maxTokens tokens that a prompt may have, estimated
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

/** What to send after the answer of the last turn: a result for each of its calls, then where the run is. */
export function turnMessages(request: StepRequest, fence: Fence, tokensLeft: number): ModelMessage[] {
  const { turns = [], history, step, maxSteps } = request;
  const last = turns.at(-1);
  if (!last) return [];
  const past = history.find((each) => each.step === last.step);
  const results = resultsOf(last, past, fence);
  const others = history.filter((each) => each.step > last.step);
  const where = `Step ${step}${maxSteps === undefined ? '' : ` of ${maxSteps}`}, about ${tokensLeft.toLocaleString('en-US')} tokens left.`;
  const parts = [
    ...(others.length === 0 ? [] : [`Done since then:\n\n${historyText(others, fence)}`]),
    ...resolvedText(request, fence),
    ...(changed(past)
      ? ['The change was made. Check it, by reading it back or by what tests say, before you finish.']
      : []),
    where,
  ];
  return [
    ...(results.length === 0 ? [] : [{ role: 'tool' as const, results }]),
    { role: 'user', content: parts.join('\n\n') },
  ];
}

function resultsOf({ answer, calls, chosen }: PastTurn, past: PastStep | undefined, fence: Fence): CallResult[] {
  let isGiven = false;
  return answer.flatMap((part) => {
    if (part.kind !== 'call') return [];
    const { id, name } = part;
    const call = calls.find((each) => each.id === id);
    if (call?.actionId !== chosen) {
      const why = call?.problem ?? 'Another of the proposals was chosen.';
      return [{ id, name, text: `Not carried out. ${why}` }];
    }
    if (isGiven) return [{ id, name, text: 'The same as the call before.' }];
    isGiven = true;
    return [{ id, name, text: fence.around(`result of ${name}`, past?.result ?? past?.outcome ?? 'It is not known.') }];
  });
}

/** The settled assumptions that the conversation has not listed yet. */
function resolvedText({ assumptions, turns = [] }: StepRequest, fence: Fence): string[] {
  const said = new Set(turns.flatMap(({ sent }) => sent.flatMap((message) => messageText(message).split('\n'))));
  const lines = assumptions
    .filter(({ truth }) => truth !== null)
    .map(({ text, truth }) => `- [${truth === true ? 'true' : 'false'}] ${text.replace(/\s+/gu, ' ').trim()}`)
    .filter((line) => !said.has(line));
  return lines.length === 0 ? [] : [`Settled since then:\n${fence.around('assumptions', lines.join('\n'))}`];
}

/** The step changed something: its outcome says `applied`. */
function changed(past: PastStep | undefined): boolean {
  return past?.outcome.includes('"kind":"applied"') === true;
}

/** The same with the first `elided` messages of results left out. */
function without(messages: readonly ModelMessage[], elided: number): ModelMessage[] {
  let left = elided;
  return messages.map((message) => {
    if (message.role !== 'tool' || left === 0) return message;
    left -= 1;
    return {
      role: message.role,
      results: message.results.map(({ id, name }) => ({
        id,
        name,
        text: `The result of ${name} is left out here; call it again if you need it.`,
      })),
    };
  });
}

function tokensOf(messages: readonly ModelMessage[]): number {
  return estimateTokens(messages.reduce((chars, message) => chars + messageText(message).length, 0));
}
