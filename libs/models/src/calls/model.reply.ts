import { TRACE_MAX_CHARS, type JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { ModelFailure } from '../providers/model.failure';
import type { AnswerPart, EndReason, ModelEvent, ModelUsage } from '../providers/model.port';

/** Maximum number of calls in one answer; the planner weighs at most a quarter of them. */
const MAX_CALLS = 64;
/** Twice the length of the longest tool name. */
const NAME_MAX_CHARS = 128;
/** Maximum that a column of the ledger holds; no endpoint reads or writes more in one call. */
const USAGE_MAX_TOKENS = 2 ** 31 - 1;

export type ProposedCall = Omit<Extract<ModelEvent, { kind: 'call' }>, 'kind' | 'id'> & { readonly id: string };

/** The result of one model call, complete or not. */
export interface ModelReply {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly ProposedCall[];
  /** The answer in the form that the next request sends back; null: it is incomplete. */
  readonly parts: readonly AnswerPart[] | null;
  /** Maximum tokens of the answer. */
  readonly maxOutputTokens: number;
  /** null: it broke off. */
  readonly end: EndReason | null;
  readonly usage: ModelUsage | null;
  /** Why the answer is incomplete; null: it is complete. */
  readonly failure: ModelFailure | null;
}

/** Assembles the pieces of an answer. Text longer than a trace may be, and too many calls, end it with `too_long`. */
export class ReplyFold {
  private reasoning = '';
  private text = '';
  private readonly calls: ProposedCall[] = [];
  /** Calls that have begun; their complete form may arrive at the end of the answer. */
  private named = 0;
  private end: EndReason | null = null;
  private usage: ModelUsage | null = null;
  private parts: readonly AnswerPart[] | null = null;
  /** Characters received so far, for estimates. */
  chars = 0;
  /** The endpoint has begun to answer, so the prompt is billed. */
  begun = false;

  /** @param maxOutputTokens maximum tokens of the answer */
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

  /** The parts of an answer when its provider gave none: the text and the calls. */
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

/** Endpoints report arbitrary values; a value that cannot be a token count is treated as missing. */
function credible(usage: ModelUsage | null): ModelUsage | null {
  if (usage === null) return null;
  const { inputTokens, outputTokens, cachedTokens = 0 } = usage;
  const counts = [inputTokens, outputTokens, cachedTokens];
  return counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= USAGE_MAX_TOKENS) ? usage : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
