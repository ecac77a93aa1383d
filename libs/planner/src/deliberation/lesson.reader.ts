import { Injectable } from '@nestjs/common';
import { AssentError, type CallerOp } from '@assent/contract';
import { PromptLibrary, ModelCaller, type CallLimit, type CallSession } from '@assent/models';
import { newId } from '@assent/platform';
import { DISTIL_ANSWER } from './answer.schemas';
import { readDistilled } from './distil.reading';
import { Fence } from './fence';
import { fencedText } from './prompt.parts';
import { askStructured } from './structured.answer';

/** Runs for one goal, and earlier lessons. All texts are data. */
export interface Contrast {
  /** The run of the optimization agent. Its calls share one budget. */
  readonly memoryRunId: string;
  readonly tenantId: string;
  readonly goal: string;
  readonly worked: readonly string[];
  readonly failed: readonly string[];
  readonly lessons: readonly { readonly fragmentId: string; readonly text: string }[];
  /** Maximum operations in the proposal. */
  readonly maxOps: number;
  /** Token budget of all calls for the memory run. */
  readonly tokens: number;
  readonly signal: AbortSignal;
}

/** The result of a reading, and its tokens. `problem`: a sentence. */
export type LessonsRead = { readonly tokens: number } & (
  | { readonly kind: 'read'; readonly ops: readonly CallerOp[] }
  /** The answer cannot be used; `text` is the answer. */
  | { readonly kind: 'unparsed'; readonly text: string; readonly problem: string }
  /** The budget allows no further call; `own`: the budget of the memory run. */
  | { readonly kind: 'exhausted'; readonly own: boolean; readonly problem: string }
  | { readonly kind: 'failed'; readonly problem: string }
);

/** The step in the ledger. A run of the optimization agent has no steps. */
const STEP = 1;

/** Learns lessons from good and bad runs with the configured model. */
@Injectable()
export class LessonReader {
  constructor(
    private readonly caller: ModelCaller,
    private readonly prompts: PromptLibrary,
  ) {}

  get isConfigured(): boolean {
    return this.caller.isConfigured;
  }

  /** Makes one call, and a second with the problem of the first. @throws the reason of the signal */
  async read(contrast: Contrast): Promise<LessonsRead> {
    const { memoryRunId: runId, tenantId, tokens, signal, maxOps } = contrast;
    // Counts the tokens of this contrast only; the budget in the ledger counts all calls of the run.
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
