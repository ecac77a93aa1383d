import { Injectable } from '@nestjs/common';
import { ApprovalRepository, DiffRepository, neededFor, type ApprovalRecord, type DiffRecord } from '@assent/approvals';
import { EMPTY_VIEW, viewOf, type DiffView, type RunView } from '@assent/client';
import {
  frame,
  type DiffState,
  type Frame,
  type FrameBody,
  type NewFrame,
  type ServerRequest,
  type ToolCallRequest,
  type Tree,
} from '@assent/contract';
import { PendingRequests } from '@assent/engine';
import {
  ResolutionRepository,
  TreeRepository,
  addedFrame,
  howOf,
  storedPlan,
  treeFrames,
  type StepAssumption,
  type StoredResolution,
} from '@assent/planner';
import { ClientRedactor, RunRepository, runNotFound, type RunHead, type RunRecord } from '@assent/runs';

/** Diff states that the view shows; every other state is shown as pending. */
const DIFF_STATES: Partial<Record<DiffState, DiffView['state']>> = {
  applied: 'applied',
  stale: 'stale',
  rejected: 'rejected',
};

/** A run whose frames were deleted, and the view rebuilt from its rows. */
export interface StoredRun {
  readonly run: RunRecord;
  /** `seq` is that of the run: later frames continue the view. */
  readonly view: RunView;
}

interface Rows {
  readonly run: RunRecord;
  readonly tree: Tree | undefined;
  readonly assumptions: readonly StepAssumption[];
  readonly resolutions: readonly StoredResolution[];
  readonly diff: DiffRecord | undefined;
  readonly approval: ApprovalRecord | undefined;
  readonly requests: readonly ServerRequest[];
}

/** Rebuilds the view of a run whose frames were deleted: makes frames from its rows and reduces them. */
@Injectable()
export class StoredViews {
  constructor(
    private readonly runs: RunRepository,
    private readonly trees: TreeRepository,
    private readonly resolutions: ResolutionRepository,
    private readonly diffs: DiffRepository,
    private readonly approvals: ApprovalRepository,
    private readonly requests: PendingRequests,
    private readonly shown: ClientRedactor,
  ) {}

  /** @throws AssentError not_found */
  async of({ tenantId, id }: Pick<RunHead, 'tenantId' | 'id'>): Promise<StoredRun> {
    const rows = await this.read(tenantId, id);
    const head = await this.runs.findHead(tenantId, id);
    // The run changed between the reads, so the rows do not match: read again.
    if (head && head.seq !== rows.run.seq) return this.of({ tenantId, id });
    const { run } = rows;
    const { goal, workspace, requester, state, seq, step, clientTraceId, result, error } = this.shown.object(run);
    const frames = this.shown.frames(framesOf(rows)).map((each, index) => asFrame(run, each, index + 1));
    const view = viewOf(frames, { ...EMPTY_VIEW, runId: id, goal, workspace, requester, clientTraceId });
    const at = run.updatedAt.toISOString();
    return { run, view: { ...withStates(view, rows), state, seq, step, at, result, error } };
  }

  private async read(tenantId: string, runId: string): Promise<Rows> {
    const run = await this.runs.find(tenantId, runId);
    if (!run) throw runNotFound(runId);
    const [tree, assumptions, resolutions, diff, approval, requests] = await Promise.all([
      this.trees.find(tenantId, runId, run.step),
      this.trees.assumptions(tenantId, runId),
      this.resolutions.list(runId),
      this.diffs.findOfStep(runId, run.step),
      this.approvals.findOfStep(runId, run.step),
      this.requests.of([runId]),
    ]);
    return { run, tree, assumptions, resolutions, diff, approval, requests: requests.get(runId) ?? [] };
  }
}

function framesOf(rows: Rows): NewFrame[] {
  const { run, tree, diff, approval, requests } = rows;
  const { step } = run;
  const known = resolved(rows);
  return [
    ...known.before,
    ...(tree ? treeFrames(step, storedPlan(tree)) : []),
    ...known.after,
    ...openCalls(rows).map((call) => frame('tool.proposed', step, call)),
    ...(diff ? diffFrames(diff) : []),
    ...(approval ? approvalFrames(approval, step) : []),
    ...requests.map((request) => frame('request', step, { ...request })),
    ...waitingFrames(run, requests),
  ];
}

/** Frames of resolved assumptions. `after`: those that are open in the tree of the step. */
function resolved({ run, tree, assumptions, resolutions }: Rows): { before: NewFrame[]; after: NewFrame[] } {
  const open = new Set(tree?.assumptions.filter(({ resolved: truth }) => truth === null).map(({ id }) => id));
  const stated = new Map(
    assumptions
      .filter(({ step, truth }) => step < run.step && truth !== null)
      .map(({ step, assumption }) => [assumption.id, addedFrame(step, assumption)]),
  );
  const framesFor = (each: readonly StoredResolution[]): NewFrame[] =>
    each.map(({ how, ...resolution }) => frame('assumption.resolved', run.step, { ...resolution, ...howOf(how) }));
  return {
    before: [...stated.values(), ...framesFor(resolutions.filter(({ assumptionId }) => !open.has(assumptionId)))],
    after: framesFor(resolutions.filter(({ assumptionId }) => open.has(assumptionId))),
  };
}

/** The calls that wait for a person or for the client: those of the chosen action. */
function openCalls({ tree, diff, approval, requests }: Rows): FrameBody<'tool.proposed'>[] {
  const actionId = tree?.chosen.actionId ?? '';
  const { label = actionId, args = {} } = tree?.actions.find(({ id }) => id === actionId) ?? {};
  const calls = requests
    .filter(({ method }) => method === 'tool/call')
    .map(({ params }) => params as unknown as ToolCallRequest);
  const asked = diff && approval?.state === 'pending' ? [{ ...diff, args: diff.args ?? args }] : [];
  return [...calls, ...asked].map(({ callId, tool, args: given, workspace }) => ({
    callId,
    actionId,
    label,
    tool,
    args: given,
    workspace,
  }));
}

function diffFrames({ id, step, callId, revision, hash, files, origin, author, supersedes }: DiffRecord): NewFrame[] {
  const first = { diffId: id, callId, revision, hash, files };
  return [frame('diff.created', step, supersedes === null ? first : { ...first, origin, author, supersedes })];
}

/** An approval given by a policy has no frames, because nobody was asked. */
function approvalFrames(record: ApprovalRecord, step: number): NewFrame[] {
  const { id: approvalId, diffId, requestId, hash, rule, expiresAt, votes, decision, decidedHash, comment } = record;
  if (diffId === null || (record.state === 'approved' && decision === null)) return [];
  const until = (count: number) => neededFor(record, votes.slice(0, count));
  return [
    frame('approval.requested', step, {
      approvalId,
      diffId,
      requestId,
      hash,
      rule,
      expiresAt: expiresAt.toISOString(),
    }),
    ...votes.flatMap(({ actor, decision: vote, hash: voted, comment: said, via = null }, index) =>
      decision !== null && actor === record.actor
        ? []
        : [
            frame('approval.voted', step, {
              approvalId,
              decision: vote,
              actor,
              hash: voted,
              comment: said,
              needed: until(index + 1),
              via,
            }),
          ],
    ),
    ...(decision === null
      ? []
      : [
          frame('approval.decided', step, {
            approvalId,
            decision,
            actor: record.actor ?? '',
            hash: decidedHash ?? hash,
            comment,
            via: record.decidedVia,
          }),
        ]),
  ];
}

function waitingFrames({ step, waitingFor }: RunRecord, requests: readonly ServerRequest[]): NewFrame[] {
  if (waitingFor === null) return [];
  const requestIds = requests.map(({ id }) => id);
  const [requestId] = requestIds;
  const several = requestIds.length > 1 ? { requestIds } : {};
  return [frame('run.waiting', step, { for: waitingFor, ...(requestId !== undefined && { requestId }), ...several })];
}

/** Sets the states that no frame can express. */
function withStates(view: RunView, { diff, approval }: Rows): RunView {
  return {
    ...view,
    diff: view.diff && diff ? { ...view.diff, state: DIFF_STATES[diff.state] ?? 'pending' } : view.diff,
    approval: view.approval && approval ? { ...view.approval, state: approval.state } : view.approval,
  };
}

function asFrame({ id: runId, updatedAt, clientTraceId }: RunRecord, { type, step, body }: NewFrame, seq: number) {
  return { runId, seq, at: updatedAt.toISOString(), type, step, clientTraceId, ...body } as Frame;
}
