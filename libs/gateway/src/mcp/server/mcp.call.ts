import {
  AssentError,
  isTerminal,
  type Approval,
  type Frame,
  type FrameType,
  type JsonObject,
  type MethodName,
  type MethodParams,
  type MethodResult,
  type Run,
  type Scope,
} from '@assent/contract';
import type { Static, TSchema } from '@sinclair/typebox';
import type { McpExchange } from '../mcp.exchange';
import type { McpAnswer, McpRequestScope, McpResult, McpSdk } from '../mcp.sdk';
import { holdSeconds, progressOf, type McpWaits } from '../mcp.wait';
import type { RpcDispatcher } from '../../rpc/rpc.dispatcher';
import type { ReplyReceiver } from '../../rpc/reply.receiver';
import type { HookOutcome } from '../../hooks/hook.answer';
import type { PermissionHooks } from '../../hooks/permission.hooks';
import {
  askedQuestion,
  isLate,
  offeredReview,
  questionOf,
  repliedQuestion,
  type Elicited,
  type ElicitationCodec,
} from './mcp.elicitation';
import { capabilitiesOf, takesForms, takesTasks } from './client.capabilities';
import { createdTask } from './run.task';
import { FACT_FRAMES, isFault, runFacts, type Facts } from './run.facts';

/** A tool of the server: a schema, and one call of an operation. */
export interface AssentTool<S extends TSchema = TSchema> {
  readonly name: string;
  readonly description: string;
  readonly input: S;
  /** All of them are needed. */
  readonly scopes: readonly Scope[];
  readonly annotations: { readonly readOnlyHint: boolean; readonly [hint: string]: boolean };
  /** Clients show it without a search for tools. */
  readonly alwaysLoad?: true;
  readonly call: (args: Static<S>, call: McpCall) => Promise<McpAnswer>;
}

/** Types the arguments of a tool by its schema. */
export function assentTool<S extends TSchema>(tool: AssentTool<S>): AssentTool {
  return tool as unknown as AssentTool;
}

/** The parts of the server that tools use. */
export interface McpServices {
  readonly dispatcher: RpcDispatcher;
  readonly replies: ReplyReceiver;
  readonly permissions: PermissionHooks;
  readonly waits: McpWaits;
  /** Seconds a call is held, by client name, as the operator has set them. */
  readonly holds: Readonly<Record<string, number>>;
  readonly linkOf: (approvalId: string, hash: string) => string | null;
  /** Requesters may decide their own requests. */
  readonly isSelfApproved: boolean;
}

export interface McpCallRequest {
  readonly sdk: McpSdk;
  readonly codec: ElicitationCodec;
  readonly mcp: McpRequestScope;
  /** Seconds of the URL; null: by the name of the client. */
  readonly hold: number | null;
}

/** The question of a coding agent: may it use this tool? */
interface AskedTool {
  readonly tool: string;
  readonly input: JsonObject;
  readonly toolUseId: string | null;
}

const FRAMES_MAX = 1_000;
/** Names of agents that approvals and rules know. */
const AGENT = /^[a-z0-9-]{1,32}$/;

/** One call of a tool: operations with the rights of its caller, and waiting. */
export class McpCall {
  constructor(
    readonly services: McpServices,
    readonly exchange: McpExchange,
    readonly request: McpCallRequest,
  ) {}

  /** One operation, as the caller could call it. @throws AssentError */
  invoke<M extends MethodName>(name: M, params: MethodParams<M>): Promise<MethodResult<M>> {
    return this.services.dispatcher.call(name, params, this.exchange.context);
  }

  /** The reply to a request of a run. @throws AssentError */
  answer(requestId: string, result: unknown): Promise<void> {
    return this.services.replies.receive({ kind: 'reply', id: requestId, result, error: null }, this.exchange.context);
  }

  /** The question of a coding agent, held until a rule or a person decides. @throws AssentError */
  async askPermission({ tool, input, toolUseId }: AskedTool): Promise<HookOutcome> {
    const { exchange } = this;
    const { principal, log } = exchange.context;
    const { outcome, sent } = await this.services.permissions.answer({
      principal,
      hook: 'mcp',
      event: 'PermissionRequest',
      content: {
        agent: AGENT.test(exchange.client) ? exchange.client : 'mcp',
        agentVersion: null,
        tool,
        input,
        cwd: null,
        session: exchange.session,
      },
      toolUseId,
      reason: null,
      holdSeconds: this.seconds(),
      onTimeout: 'deny',
      closed: exchange.signal,
    });
    exchange
      .received()
      .then(sent)
      .catch((err: unknown) => {
        log.warn({ err, approvalId: outcome.approvalId }, 'could not record that an answer was sent');
      });
    return outcome;
  }

  /** Delivers the answer that the client got to a question of an earlier round. */
  async takeReply(): Promise<void> {
    const replied = repliedQuestion(this.request.mcp);
    if (!replied) return;
    try {
      await this.answer(replied.requestId, replied.answer);
    } catch (thrown) {
      if (!isLate(thrown)) throw thrown;
    }
  }

  /**
   * Follows a run and returns its outcome: its facts, a task if the client supports tasks, or a question that the
   * client asks its user.
   */
  async outcome(runId: string, wished?: number): Promise<McpAnswer> {
    const { mcp } = this.request;
    if (this.offersReview) {
      await this.follow(runId, 0);
      const offered = await this.offer(runId);
      if (offered) return offered;
    }
    const isTask = takesTasks(mcp);
    await this.follow(runId, wished === undefined && isTask ? 0 : this.seconds(wished));
    const run = await this.invoke('run/get', { runId });
    const asked = await this.ask(run);
    if (asked) return asked;
    const facts = await this.factsOf(run);
    return isTask && !isTerminal(run.state) && facts.state !== 'question' ? createdTask(run, facts) : toResult(facts);
  }

  /** The question of a run to the person at the client, unless that person has just left it unanswered. */
  async ask(run: Run): Promise<McpAnswer | null> {
    const { sdk, codec, mcp } = this.request;
    const question = takesForms(mcp) ? questionOf(run) : null;
    if (!question || question.requestId === mcp.requestState<Elicited>()?.requestId) return null;
    return askedQuestion(sdk, codec, run, question);
  }

  /** Whether the person at the client may decide, and the client opens pages. */
  private get offersReview(): boolean {
    const { mcp } = this.request;
    const { scopes } = this.exchange.context.principal;
    const isReviewer = this.services.isSelfApproved && scopes.has('approval:decide') && scopes.has('approval:read');
    return isReviewer && capabilitiesOf(mcp).elicitation?.url !== undefined;
  }

  private async offer(runId: string): Promise<McpAnswer | null> {
    const { sdk, codec, mcp } = this.request;
    const { state, approvalId, reviewUrl, expiresAt } = await this.facts(runId);
    if (state !== 'pending' || typeof approvalId !== 'string' || typeof reviewUrl !== 'string') return null;
    if (mcp.requestState<Elicited>()?.approvalId === approvalId) return null;
    const { you } = await this.invoke('approval/get', { approvalId });
    if (!you.mayDecide) return null;
    return offeredReview(sdk, codec, { runId, approvalId, url: reviewUrl, expiresAt: String(expiresAt) });
  }

  /** How long the call is held, in seconds. @param wished requested by the caller */
  seconds(wished?: number): number {
    const { hold: given, mcp } = this.request;
    const hasProgress = mcp._meta?.progressToken !== undefined;
    const hold = holdSeconds(this.exchange.client, { hasProgress, given, settings: this.services.holds });
    return Math.min(wished ?? hold, hold);
  }

  /**
   * Waits until a run ends, asks its caller, or the time is over.
   * @param isEnough called after each change of the run
   */
  async follow(
    runId: string,
    seconds: number,
    isEnough: (frames: readonly Frame[]) => boolean = () => false,
  ): Promise<void> {
    const progress = progressOf(this.request.mcp);
    try {
      await this.services.waits.follow(runId, this.exchange, {
        seconds,
        onFrames: (frames) => {
          progress?.tell(progressText(frames));
          return isQuestion(frames.at(-1)) || isEnough(frames);
        },
      });
    } catch (thrown) {
      // The frames of an old run may be deleted; the run itself says how it ended.
      if (!(thrown instanceof AssentError && thrown.reason === 'gone')) throw thrown;
    } finally {
      progress?.stop();
    }
  }

  /** Waits until an approval without a run is no longer pending, or the time is over. */
  async awaitDecision({ approvalId, expiresAt }: Approval, seconds: number): Promise<void> {
    const progress = progressOf(this.request.mcp);
    progress?.tell(waitingText(approvalId, expiresAt));
    try {
      await this.services.waits.decision(approvalId, this.exchange, seconds);
    } finally {
      progress?.stop();
    }
  }

  async facts(runId: string): Promise<Facts> {
    return this.factsOf(await this.invoke('run/get', { runId }));
  }

  async factsOf(run: Run): Promise<Facts> {
    return runFacts(run, await this.framesAfter(run.runId, 0, FACT_FRAMES), this.services.linkOf);
  }

  /** Frames of a run; empty when they were deleted. */
  async framesAfter(runId: string, after: number, types?: readonly FrameType[]): Promise<readonly Frame[]> {
    try {
      const page = await this.invoke('stream', {
        runId,
        after,
        limit: FRAMES_MAX,
        ...(types && { types: [...types] }),
      });
      return page.frames as Frame[];
    } catch (thrown) {
      if (thrown instanceof AssentError && thrown.reason === 'gone') return [];
      throw thrown;
    }
  }
}

/** A result whose structured content and text hold the same facts. */
export function toResult(facts: Facts, isError = isFault(facts)): McpResult {
  return {
    content: [{ type: 'text', text: JSON.stringify(facts) }],
    structuredContent: facts,
    ...(isError && { isError }),
  };
}

function isQuestion(frame: Frame | undefined): boolean {
  return frame?.type === 'run.waiting' && frame.for === 'input';
}

function progressText(frames: readonly Frame[]): string {
  const last = frames.findLast(({ type }) => type === 'approval.requested' || type === 'approval.decided');
  if (last?.type !== 'approval.requested') return 'working';
  return waitingText(last.approvalId, last.expiresAt);
}

function waitingText(approvalId: string, expiresAt: string): string {
  return `waiting for a reviewer, approval ${approvalId}, expires ${expiresAt}`;
}
