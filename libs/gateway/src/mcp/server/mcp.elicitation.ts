import { AssentError, type InputAnswer, type JsonObject, type Run } from '@assent/contract';
import type { McpAnswer, McpRequestScope, McpSdk } from '../mcp.sdk';

/** The question that a client was asked, from the signed state that it returns when it calls again. */
export interface Elicited {
  readonly runId: string;
  /** A question of the run. */
  readonly requestId?: string;
  /** The page of this approval was offered. */
  readonly approvalId?: string;
}

/** Questions to the person at the client, in the result of a call that the client then repeats with the answers. */
export interface ElicitationCodec {
  readonly mint: (elicited: Elicited, expiresAt: string) => Promise<string>;
  readonly verify: (state: string) => Promise<Elicited>;
}

/** Names the key of this installation that signs the state. */
export const STATE_KEY = 'mcp_state';
const FIELD = 'answer';
const MS_PER_SECOND = 1_000;

/** @param principal the state of one principal is not valid for another */
export function elicitationCodec(sdk: McpSdk, key: () => Promise<Buffer>, principal: string): ElicitationCodec {
  const codec = async (ttlSeconds: number) =>
    sdk.createRequestStateCodec<Elicited>({ key: await key(), ttlSeconds, bind: () => principal });
  return {
    mint: async (elicited, expiresAt) => {
      const ttlSeconds = Math.max(1, Math.ceil((Date.parse(expiresAt) - Date.now()) / MS_PER_SECOND));
      return (await codec(ttlSeconds)).mint(elicited, {} as never);
    },
    verify: async (state) => (await codec(1)).verify(state, {} as never),
  };
}

interface Question {
  readonly requestId: string;
  readonly text: string;
  readonly options: readonly string[] | null;
  readonly expiresAt: string;
}

/** The open question of a run, if it is about one option, or about yes and no. */
export function questionOf({ pending }: Run): Question | null {
  const request = pending.find(({ method }) => method === 'input/request');
  if (!request) return null;
  const { question, options, assumptions, expiresAt } = request.params as JsonObject & {
    readonly question: string;
    readonly options?: readonly string[];
    readonly assumptions: readonly unknown[];
    readonly expiresAt: string;
  };
  const isChoice = options !== undefined && options.length > 0;
  if (!isChoice && assumptions.length === 0) return null;
  return { requestId: request.id, text: question, options: isChoice ? options : null, expiresAt };
}

/** The form of a question: one field. */
export function questionForm(sdk: McpSdk, { text, options }: Question) {
  return sdk.inputRequired.elicit({
    message: text,
    requestedSchema: {
      type: 'object',
      properties: {
        [FIELD]: options ? { type: 'string', enum: [...options] } : { type: 'boolean', title: 'Is it so?' },
      },
      required: [FIELD],
    },
  });
}

/** @returns null: the person did not answer */
export function answerIn(response: unknown): InputAnswer | null {
  const { action, content } = (response ?? {}) as { readonly action?: unknown; readonly content?: JsonObject };
  const value: unknown = action === 'accept' ? content?.[FIELD] : undefined;
  if (typeof value === 'boolean') return { truth: value };
  return typeof value === 'string' && value !== '' ? { option: value } : null;
}

/** The question as the result of a call. */
export async function askedQuestion(
  sdk: McpSdk,
  codec: ElicitationCodec,
  { runId }: Run,
  question: Question,
): Promise<McpAnswer> {
  return sdk.inputRequired({
    inputRequests: { [FIELD]: questionForm(sdk, question) },
    requestState: await codec.mint({ runId, requestId: question.requestId }, question.expiresAt),
  });
}

/** The page of an approval, offered to a person who may decide it. */
export async function offeredReview(
  sdk: McpSdk,
  codec: ElicitationCodec,
  { runId, approvalId, url, expiresAt }: Elicited & { readonly url: string; readonly expiresAt: string },
): Promise<McpAnswer> {
  return sdk.inputRequired({
    inputRequests: { review: sdk.inputRequired.elicitUrl({ message: 'Review this change and decide.', url }) },
    requestState: await codec.mint({ runId, ...(approvalId !== undefined && { approvalId }) }, expiresAt),
  });
}

/** The answer to the question that the signed state names. @returns null: the person did not answer */
export function repliedQuestion(
  mcp: McpRequestScope,
): { readonly requestId: string; readonly answer: InputAnswer } | null {
  const requestId = mcp.requestState<Elicited>()?.requestId;
  const answer = answerIn(mcp.inputResponses?.[FIELD]);
  return requestId !== undefined && answer ? { requestId, answer } : null;
}

/** Whether an answer comes after another one, or after the question has ended. */
export function isLate(thrown: unknown): boolean {
  return thrown instanceof AssentError && ['conflict', 'gone', 'not_found'].includes(thrown.reason);
}
