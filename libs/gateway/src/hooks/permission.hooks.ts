import { Injectable } from '@nestjs/common';
import type { GuardDecision, HookEventName, Principal } from '@assent/contract';
import {
  AgentPermissions,
  ApprovalWaits,
  type ApprovalWaitEnd,
  type AskedPermission,
  type NewPermission,
  type PermissionContent,
} from '@assent/approvals';
import { forTenant } from '@assent/platform';
import { Pauses } from '@assent/runs';
import { PermissionGuard, permissionEffect, permissionTool } from '@assent/tools';
import { StreamAccess } from '../streams/stream.access';
import type { HookOutcome } from './hook.answer';
import { HookMetrics } from './hook.metrics';

const MS_PER_SECOND = 1_000;

/** Decides questions that no rule matches. */
const DEFAULT: GuardDecision = {
  verdict: 'ask',
  rule: 'default.agent_permission',
  reason: 'A person decides what a coding agent asks, unless a rule says otherwise.',
};

/** One call of a hook. */
export interface HookCall {
  readonly principal: Principal;
  /** The label of its metrics. */
  readonly hook: string;
  readonly event: HookEventName;
  readonly content: PermissionContent;
  readonly toolUseId: string | null;
  readonly reason: string | null;
  readonly holdSeconds: number;
  /** The answer when nobody decides within the hold. */
  readonly onTimeout: 'ask' | 'deny';
  /** Aborted when the client disconnects. */
  readonly closed: AbortSignal;
}

export interface HookResult {
  readonly outcome: HookOutcome;
  /** MUST be called when the answer was sent, or could not be. */
  readonly sent: (isWhole: boolean) => Promise<void>;
}

/** Answers coding agents that ask whether they may use a tool: by a rule at once, or held until a person decides. */
@Injectable()
export class PermissionHooks {
  constructor(
    private readonly guard: PermissionGuard,
    private readonly permissions: AgentPermissions,
    private readonly waits: ApprovalWaits,
    private readonly pauses: Pauses,
    private readonly access: StreamAccess,
    private readonly metrics: HookMetrics,
  ) {}

  /** @throws AssentError draining, overloaded, unauthenticated (the credential ended during the wait) */
  async answer(call: HookCall): Promise<HookResult> {
    const result = await this.resultOf(call);
    this.metrics.answered(call.hook, result.outcome);
    return result;
  }

  private async resultOf(call: HookCall): Promise<HookResult> {
    const { principal, event, content } = call;
    const found = await this.guard.decide(principal, content);
    if (found === null && event === 'PreToolUse') return said('none', 'pending', 'No rule is about this call.');
    const decision = found ?? DEFAULT;
    if (decision.verdict === 'deny') return this.byRule(call, 'denied', decision);
    if (await this.pauses.holds(principal.tenantId)) return said('ask', 'pending', PAUSED);
    if (decision.verdict === 'allow') return this.byRule(call, 'allowed', decision);
    this.waits.requireCapacity();
    return this.byPerson(call, decision.rule);
  }

  private async byRule(
    { principal, content }: HookCall,
    state: 'allowed' | 'denied',
    { rule, reason }: GuardDecision,
  ): Promise<HookResult> {
    const decision = state === 'allowed' ? 'allow' : 'deny';
    await this.permissions.recordRule(principal, { content, tool: permissionTool(content), decision, rule });
    return said(decision, state, reason);
  }

  private async byPerson(call: HookCall, rule: string): Promise<HookResult> {
    const { principal, content, toolUseId, reason, holdSeconds, hook } = call;
    const question: NewPermission = {
      principal,
      content,
      toolUseId,
      reason,
      tool: permissionTool(content),
      risks: permissionEffect(content) === 'read' ? [] : ['external'],
      rule,
    };
    const startedAt = performance.now();
    try {
      for (;;) {
        const asked = await this.permissions.ask(question);
        const leftMs = Math.max(0, startedAt + holdSeconds * MS_PER_SECOND - performance.now());
        const end = await this.endOf(call, asked, leftMs);
        const result = await this.byEnd(call, asked, end);
        // Another answer has used the approval: this one needs its own.
        if (result !== null) return result;
      }
    } finally {
      this.metrics.held(hook, (performance.now() - startedAt) / MS_PER_SECOND);
    }
  }

  /** Waits for the end of a pending approval, and for the end of an answer that another request is writing. */
  private async endOf(
    { principal, closed }: HookCall,
    { approvalId, state, isServing, questions, questionsSeen }: AskedPermission,
    withinMs: number,
  ): Promise<ApprovalWaitEnd | 'paused'> {
    if (state !== 'pending' && !isServing) return state;
    if (!isServing && questions > questionsSeen) return 'questioned';
    const { tenantId } = principal;
    const paused = new AbortController();
    const unfollow = this.pauses.follow(tenantId, ({ pause }) => {
      if (pause !== null) paused.abort();
    });
    try {
      const end = await this.access.poll(
        principal,
        (ended) => {
          const signal = AbortSignal.any([closed, ended, paused.signal]);
          return this.waits.wait({ tenantId, approvalId, questions, unserved: true }, { withinMs, signal });
        },
        'permission:ask',
      );
      return end === 'aborted' && paused.signal.aborted ? 'paused' : end;
    } finally {
      unfollow();
    }
  }

  /** @returns null: the approval has been used by another answer */
  private async byEnd(
    { principal: { tenantId }, onTimeout, closed }: HookCall,
    { approvalId }: AskedPermission,
    end: ApprovalWaitEnd | 'paused',
  ): Promise<HookResult | null> {
    switch (end) {
      case 'approved': {
        if (closed.aborted) return said('ask', 'approved', CLOSED, approvalId);
        const claimedAt = await this.permissions.claim(tenantId, approvalId);
        if (!claimedAt) return null;
        const { approval, content } = await this.permissions.decided(tenantId, approvalId);
        if (!(await this.permissions.use(tenantId, approvalId, claimedAt))) return null;
        const comment = approval.comment === null ? '' : `: ${approval.comment}`;
        const message = `Approved by "${approval.actor ?? ''}"${comment} (approval ${approvalId})`;
        const outcome: HookOutcome = {
          decision: 'allow',
          state: 'approved',
          message,
          approvalId,
          ...(approval.revision > 1 && content && { updatedInput: content.input }),
        };
        const sent = (isWhole: boolean): Promise<void> =>
          forTenant(tenantId, () => this.permissions.served(tenantId, approvalId, claimedAt, isWhole));
        return { outcome, sent };
      }
      case 'rejected': {
        const { approval } = await this.permissions.decided(tenantId, approvalId);
        const comment = approval.comment === null ? '' : `: ${approval.comment}`;
        const message = `Rejected by "${approval.actor ?? ''}"${comment} (approval ${approvalId})`;
        return said('deny', 'rejected', message, approvalId);
      }
      case 'questioned': {
        const question = await this.permissions.openQuestion(tenantId, approvalId);
        const message = `"${question?.actor ?? ''}" asks back: ${question?.text ?? ''} (approval ${approvalId}). Ask again; the request stays open.`;
        return said('deny', 'pending', message, approvalId);
      }
      case 'expired':
      case 'cancelled':
      case 'voided':
        return said('deny', end, `The approval ${approvalId} was ${end}. Ask again if it is still needed.`, approvalId);
      case 'paused':
        return said('ask', 'pending', PAUSED, approvalId);
      case 'aborted':
        return said('ask', 'pending', CLOSED, approvalId);
      default:
        return said(
          onTimeout,
          'pending',
          `nobody decided in time; ask again, the request stays open as ${approvalId}`,
          approvalId,
        );
    }
  }
}

const PAUSED = 'The tenant is paused: Assent allows nothing until it is resumed.';
const CLOSED = 'The client has disconnected.';

function said(
  decision: HookOutcome['decision'],
  state: HookOutcome['state'],
  message: string,
  approvalId: string | null = null,
): HookResult {
  return { outcome: { decision, state, message, approvalId }, sent: () => Promise.resolve() };
}
