import { Injectable } from '@nestjs/common';
import { AssentError, type CallerOp } from '@assent/contract';
import { PromptLibrary, ModelCaller, type CallLimit, type CallSession } from '@assent/models';
import { newId } from '@assent/platform';
import { DISTIL_ANSWER } from './answer.schemas';
import { readDistilled } from './distil.reading';
import { Fence } from './fence';
import { fencedText } from './prompt.parts';
import { askStructured } from './structured.answer';

/** Runs for one goal, and what was noted before. Every text is data. */
export interface Contrast {
  /** The run of the optimization agent: its calls have a budget together. */
  readonly memoryRunId: string;
  readonly tenantId: string;
  readonly goal: string;
  readonly worked: readonly string[];
  readonly failed: readonly string[];
  readonly lessons: readonly { readonly fragmentId: string; readonly text: string }[];
  /** Operations that it may propose. */
  readonly maxOps: number;
  /** Tokens of all calls for the memory run. */
  readonly tokens: number;
  readonly signal: AbortSignal;
}

/** What a model made of it, and the tokens that took. `problem`: a sentence. */
export type LessonsRead = { readonly tokens: number } & (
  | { readonly kind: 'read'; readonly ops: readonly CallerOp[] }
  /** The answer cannot be used; this is what it said. */
  | { readonly kind: 'unparsed'; readonly text: string; readonly problem: string }
  /** No call may be made any more; `own`: by the budget of the memory run. */
  | { readonly kind: 'exhausted'; readonly own: boolean; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string }
);

/** A run of the optimization agent has no steps; its calls stand under the first in the ledger. */
const STEP = 1;

/** Lessons from what went well and badly, by the configured model. */
@Injectable()
export class LessonReader {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  get isConfigured(): boolean {
    return this.caller.isConfigured;
  }

  /** One call, and a second one with what was wrong with the first. @throws the reason of the signal */
  async read(contrast: Contrast): Promise<LessonsRead> {
    const { memoryRunId: runId, tenantId, tokens, signal, maxOps } = contrast;
    // It counts what this contrast takes; the budget, in the ledger, counts what all of the run do.
    const limit: CallLimit = { tokens: Infinity, used: 0 };
    const session: CallSession = {
      runId,
      tenantId,
      step: STEP,
      budget: { tokens },
      signal,
      limit,
      warned: new Set<string>(),
      onBudget: () => undefined,
    };
    const fence = new Fence(newId());
    try {
      const answer = await askStructured(this.caller, this.prompts, session, {
        purpose: 'distil',
        messages: this.messages(contrast, fence),
        answer: DISTIL_ANSWER,
        fence,
        read: (text) => readDistilled(text, maxOps),
      });
      if (answer.ok) return { kind: 'read', ops: answer.value, tokens: limit.used };
      const { problem, text: said } = answer;
      if (said === null || said.trim() === '') return { kind: 'failed', problem, tokens: limit.used };
      return { kind: 'unparsed', text: said, problem, tokens: limit.used };
    } catch (thrown) {
      if (!(thrown instanceof AssentError) || thrown.reason !== 'budget_exhausted') throw thrown;
      const own = String(thrown.details['budget']).startsWith('run.');
      return { kind: 'exhausted', own, problem: thrown.message, tokens: limit.used };
    }
  }

  private messages({ goal, worked, failed, lessons, maxOps }: Contrast, fence: Fence) {
    const describe = (label: string, texts: readonly string[]) =>
      texts.map((text, index) => fence.around(`${label} ${index + 1}`, text)).join('\n');
    const noted = lessons.map(({ fragmentId, text }) => `Lesson ${fragmentId}\n${fence.around('lesson', text)}`);
    const user = this.prompts.render('distil.user', {
      goal: fencedText('goal', goal, fence),
      worked: describe('run that worked', worked),
      failed: describe('run that did not', failed),
      lessons: noted.length === 0 ? '(none)' : noted.join('\n'),
    });
    return [
      { role: 'system', content: this.prompts.render('distil.system', { fence: fence.tag, most: String(maxOps) }) },
      { role: 'user', content: user },
    ] as const;
  }
}
