import { TERMINAL_FRAME_TYPES, type Frame, type JsonObject } from '@assent/contract';
import { isRetryable, lastOf, type FrameOf } from '../mcp.frames';
import type { McpResult } from '../mcp.sdk';

/** Seconds after which a postponed or failed call may be repeated. */
const RETRY_SECONDS = 5;

/** The outcome of a call, as far as its frames show it. */
export type GatewayOutcome =
  | { readonly state: 'pending'; readonly approvalId: string | null; readonly expiresAt: string | null }
  /** The upstream server has responded. */
  | { readonly state: 'answered'; readonly output: JsonObject }
  | { readonly state: 'denied'; readonly rule: string; readonly reason: string }
  | {
      readonly state: 'rejected';
      readonly approvalId: string | null;
      readonly by: string | null;
      readonly comment: string | null;
    }
  | { readonly state: 'expired' | 'voided' | 'cancelled'; readonly approvalId: string | null; readonly message: string }
  /** `isOver` false: the call is kept, and made when its server is back. */
  | { readonly state: 'failed'; readonly retryable: boolean; readonly message: string; readonly isOver: boolean }
  | { readonly state: 'unknown'; readonly message: string };

/** What accompanies a result. */
export interface ResultMeta {
  readonly callId: string;
  readonly isReplayed: boolean;
  /** The arguments of a reviewer; null: the arguments of the caller. */
  readonly revisedArgs: JsonObject | null;
  /** The upstream tool is listed with an output schema, which structured content of the gateway would violate. */
  readonly hasOutputSchema: boolean;
}

/** @param frames of the call's run, as far as they exist */
export function outcomeOf(frames: readonly Frame[]): GatewayOutcome {
  const requested = lastOf(frames, 'approval.requested');
  const approvalId = requested?.approvalId ?? null;
  const end = frames.findLast(({ type }) => TERMINAL_FRAME_TYPES.has(type));
  if (end?.type === 'run.completed') return completed(end, frames, approvalId);
  if (end?.type === 'run.failed') return failed(end, frames, approvalId);
  if (end?.type === 'run.cancelled') {
    return {
      state: 'cancelled',
      approvalId,
      message: `The call was cancelled by ${end.actor}. Repeat it only if it is still wanted.`,
    };
  }
  const last = frames.at(-1);
  if (last?.type === 'run.retrying') {
    return {
      state: 'failed',
      retryable: true,
      message: `${last.error.message} Repeat the call to get its result.`,
      isOver: false,
    };
  }
  return { state: 'pending', approvalId, expiresAt: requested?.expiresAt ?? null };
}

function completed(
  { result }: FrameOf<'run.completed'>,
  frames: readonly Frame[],
  approvalId: string | null,
): GatewayOutcome {
  if (result.kind === 'output') return { state: 'answered', output: result.output as JsonObject };
  if (result.kind === 'rejected') {
    const decided = lastOf(frames, 'approval.decided');
    return { state: 'rejected', approvalId, by: decided?.actor ?? null, comment: decided?.comment ?? null };
  }
  const output = lastOf(frames, 'tool.output')?.output;
  return { state: 'answered', output: (output ?? { text: '' }) as JsonObject };
}

function failed(
  { error, result }: FrameOf<'run.failed'>,
  frames: readonly Frame[],
  approvalId: string | null,
): GatewayOutcome {
  const output = lastOf(frames, 'tool.output')?.output as JsonObject | undefined;
  if (result?.kind === 'applied' && output?.['isError'] === true) return { state: 'answered', output };
  if (error.reason === 'outcome_unknown') return { state: 'unknown', message: error.message };
  if (frames.some(({ type }) => type === 'approval.expired'))
    return { state: 'expired', approvalId, message: error.message };
  if (frames.some(({ type }) => type === 'approval.voided'))
    return { state: 'voided', approvalId, message: error.message };
  const guarded = lastOf(frames, 'tool.guarded');
  if (error.reason === 'forbidden' && guarded?.verdict === 'deny') {
    return { state: 'denied', rule: guarded.rule, reason: guarded.reason };
  }
  const retryable = isRetryable(error.reason);
  return { state: 'failed', retryable, message: error.message, isOver: true };
}

/** Whether the result is final, so that an equal call after it is a new one. */
export function isFinal(outcome: GatewayOutcome): boolean {
  return outcome.state !== 'pending' && (outcome.state !== 'failed' || outcome.isOver);
}

/** The result for the client. Facts of the gateway are in both its structured content and its text. */
export function toResult(outcome: GatewayOutcome, meta: ResultMeta, frames: readonly Frame[]): McpResult {
  const _meta = metaOf(meta, frames);
  if (outcome.state === 'answered') return { ...answered(outcome.output, meta), _meta };
  const facts = factsOf(outcome, meta);
  return {
    content: [{ type: 'text', text: JSON.stringify(facts) }],
    ...(!meta.hasOutputSchema && { structuredContent: facts }),
    isError: outcome.state !== 'pending',
    _meta,
  };
}

/** A failure before a call exists. */
export function failureResult(message: string, retryable: boolean, retryAfterSeconds = RETRY_SECONDS): McpResult {
  const facts = { state: 'failed', retryable, ...(retryable && { retryAfterSeconds }), message };
  return { content: [{ type: 'text', text: JSON.stringify(facts) }], structuredContent: facts, isError: true };
}

function factsOf(outcome: Exclude<GatewayOutcome, { state: 'answered' }>, { callId }: ResultMeta): JsonObject {
  switch (outcome.state) {
    case 'pending':
      return {
        ...outcome,
        callId,
        next: 'Call assent__result with this callId; do not repeat the call.',
      };
    case 'failed': {
      const { state, retryable, message } = outcome;
      return { state, retryable, ...(retryable && { retryAfterSeconds: RETRY_SECONDS }), message };
    }
    case 'unknown':
      return {
        ...outcome,
        retryable: false,
        next: 'The call may have happened; a person has to look. Do not repeat it.',
      };
    case 'denied':
    case 'rejected':
    case 'expired':
    case 'voided':
    case 'cancelled':
      return outcome;
  }
}

function metaOf({ callId, isReplayed, revisedArgs }: ResultMeta, frames: readonly Frame[]): Record<string, unknown> {
  const decided = lastOf(frames, 'approval.decided');
  return {
    'assent/callId': callId,
    'assent/runId': callId,
    ...(decided?.decision === 'approve' && { 'assent/approvedBy': decided.actor }),
    ...(isReplayed && { 'assent/replayed': true }),
    ...(revisedArgs && { 'assent/revised': true }),
  };
}

/** The result of the upstream server, unchanged except for parts that were not stored. */
function answered(output: JsonObject, { revisedArgs }: ResultMeta): McpResult {
  const { content, structured, isError, error, omitted } = output;
  const failure = error as { readonly message?: string } | undefined;
  const note = revisedArgs ? [`A reviewer changed the arguments: ${JSON.stringify(revisedArgs)}`] : [];
  const missing = Array.isArray(omitted) && omitted.length > 0 ? [`[left out: ${omitted.join('; ')}]`] : [];
  const blocks = (content ?? textsIn(output)) as McpResult['content'];
  const texts = (lines: readonly string[]) => lines.map((text) => ({ type: 'text' as const, text }));
  return {
    content: [
      ...texts(note),
      ...blocks,
      ...texts(failure?.message === undefined ? [] : [failure.message]),
      ...texts(missing),
    ],
    ...(typeof structured === 'object' && structured !== null && { structuredContent: structured }),
    ...((isError === true || failure !== undefined) && { isError: true }),
  };
}

/** An output that was cut has a notice and its beginning. */
function textsIn({ text, notice, beginning }: JsonObject): { type: 'text'; text: string }[] {
  return [notice, beginning, text]
    .filter((part): part is string => typeof part === 'string' && part !== '')
    .map((part) => ({ type: 'text', text: part }));
}
