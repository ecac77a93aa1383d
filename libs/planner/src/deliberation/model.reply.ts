import { TRACE_MAX_CHARS } from '@assent/contract';
import { ModelFailure } from '../providers/model.failure';
import type { EndReason, ModelEvent, ModelUsage } from '../providers/model.port';

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

/** Puts the pieces of an answer together. A reasoning trace longer than a caller may send is cut off: `too_long`. */
export class ReplyFold {
  private reasoning = '';
  private text = '';
  private readonly calls: ProposedCall[] = [];
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
      case 'arguments':
        break;
      case 'call':
        this.calls.push({ name: event.name, args: event.args, problem: event.problem });
        return;
      case 'end':
        this.end = event.reason;
        this.usage = event.usage;
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
