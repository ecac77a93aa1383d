import { TRACE_MAX_CHARS } from '@assent/contract';
import { cutText } from '@assent/platform';
import { ModelFailure } from '../providers/model.failure';
import type { EndReason, ModelEvent, ModelUsage } from '../providers/model.port';

/** More calls than this are no choice any more; what is weighed is a quarter of it. */
const MAX_CALLS = 64;
/** Twice the longest name that is offered. */
const NAME_MAX_CHARS = 128;
/** What the ledger can hold; no endpoint reads or writes more in one call. */
const USAGE_MAX_TOKENS = 2 ** 31 - 1;

export type ProposedCall = Omit<Extract<ModelEvent, { kind: 'call' }>, 'kind'>;

/** Everything one call of a model gave, whether it came to its end or not. */
export interface ModelReply {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ProposedCall[];
  /** null: it broke off. */
  readonly end: EndReason | null;
  readonly usage: ModelUsage | null;
  /** Why it broke off; null: it came to its end. */
  readonly failure: ModelFailure | null;
}

/** Puts the pieces of an answer together. One longer than a caller's trace may be, or with too many calls, is `too_long`. */
export class ReplyFold {
  private reasoning = '';
  private text = '';
  private readonly calls: ProposedCall[] = [];
  /** Calls that have begun; whole ones may come as late as the end. */
  private named = 0;
  private end: EndReason | null = null;
  private usage: ModelUsage | null = null;
  /** Characters of all that was written, for estimates. */
  chars = 0;
  /** The endpoint has begun to answer, so it has read the prompt. */
  begun = false;

  begin(): void {
    this.begun = true;
  }

  /** @throws ModelFailure too_long */
  add(event: ModelEvent): void {
    switch (event.kind) {
      case 'reasoning':
        this.reasoning += event.text;
        break;
      case 'text':
        this.text += event.text;
        break;
      case 'name':
        this.named += 1;
        refuseMany(this.named);
        break;
      case 'arguments':
        break;
      case 'call':
        refuseMany(this.calls.length + 1);
        this.calls.push({ name: cutText(event.name, NAME_MAX_CHARS), args: event.args, problem: event.problem });
        return;
      case 'end':
        this.end = event.reason;
        this.usage = credible(event.usage);
        return;
    }
    this.chars += event.text.length;
    if (this.chars > TRACE_MAX_CHARS) {
      throw new ModelFailure('too_long', `The model has written more than ${TRACE_MAX_CHARS} characters.`);
    }
  }

  reply(failure: ModelFailure | null): ModelReply {
    const { reasoning, text, calls, end, usage } = this;
    return { reasoning, text, calls, end, usage, failure };
  }
}

function refuseMany(calls: number): void {
  if (calls > MAX_CALLS) throw new ModelFailure('too_long', `The model has proposed more than ${MAX_CALLS} calls.`);
}

/** Endpoints report what they like; what cannot be a number of tokens is as if they had said nothing. */
function credible(usage: ModelUsage | null): ModelUsage | null {
  if (usage === null) return null;
  const counts = [usage.inputTokens, usage.outputTokens];
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= USAGE_MAX_TOKENS) ? usage : null;
}
