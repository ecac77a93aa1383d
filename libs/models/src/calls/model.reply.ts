import { TRACE_MAX_CHARS, type JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { ModelFailure } from '../providers/model.failure';
import type { AnswerPart, EndReason, ModelEvent, ModelUsage } from '../providers/model.port';

/** Limit of calls in one answer: a model that proposes more does not choose. Only a quarter of them is weighed. */
const MAX_CALLS = 64;
/** Twice the longest name that is offered. */
const NAME_MAX_CHARS = 128;
/** What the ledger can hold; no endpoint reads or writes more in one call. */
const USAGE_MAX_TOKENS = 2 ** 31 - 1;

export type ProposedCall = Omit<Extract<ModelEvent, { kind: 'call' }>, 'kind' | 'id'> & { readonly id: string };

/** Everything one call of a model gave, whether it came to its end or not. */
export interface ModelReply {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ProposedCall[];
  /** The answer as it goes back to the provider with the next request; null: it broke off. */
  readonly parts: readonly AnswerPart[] | null;
  /** Tokens that the answer was allowed. */
  readonly maxOutputTokens: number;
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
  private parts: readonly AnswerPart[] | null = null;
  /** Characters of all that was written, for estimates. */
  chars = 0;
  /** The endpoint has begun to answer, so it has read the prompt. */
  begun = false;

  /** @param maxOutputTokens tokens that the answer is allowed */
  constructor(private readonly maxOutputTokens = 0) {}

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
        this.calls.push({
          id: event.id ?? `call_${this.calls.length + 1}`,
          name: cutText(event.name, NAME_MAX_CHARS),
          args: event.args,
          problem: event.problem,
        });
        return;
      case 'end':
        this.end = event.reason;
        this.usage = credible(event.usage);
        this.parts = event.parts ?? this.saidParts();
        return;
    }
    this.chars += event.text.length;
    if (this.chars > TRACE_MAX_CHARS) {
      throw new ModelFailure('too_long', `The model has written more than ${TRACE_MAX_CHARS} characters.`);
    }
  }

  reply(failure: ModelFailure | null): ModelReply {
    const { reasoning, text, calls, parts, maxOutputTokens, end, usage } = this;
    return { reasoning, text, calls, parts, maxOutputTokens, end, usage, failure };
  }

  /** The parts of an answer whose provider gave none: its text and its calls. */
  private saidParts(): AnswerPart[] {
    return [
      ...(this.text === '' ? [] : [{ kind: 'text' as const, text: this.text }]),
      ...this.calls.map(({ id, name, args }) => ({
        kind: 'call' as const,
        id,
        name,
        args: isObject(args) ? args : {},
      })),
    ];
  }
}

function refuseMany(calls: number): void {
  if (calls > MAX_CALLS) throw new ModelFailure('too_long', `The model has proposed more than ${MAX_CALLS} calls.`);
}

/** Endpoints report what they like; what cannot be a number of tokens is as if they had said nothing. */
function credible(usage: ModelUsage | null): ModelUsage | null {
  if (usage === null) return null;
  const { inputTokens, outputTokens, cachedTokens = 0 } = usage;
  const counts = [inputTokens, outputTokens, cachedTokens];
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= USAGE_MAX_TOKENS) ? usage : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
