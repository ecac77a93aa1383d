import type { Approval, ApprovalEvent } from '@assent/client';

const HASH = `sha256:${'1'.repeat(64)}`;

/** A pending approval of one changed file. */
export function approvalOf(patch: Partial<Approval> = {}): Approval {
  return {
    approvalId: 'a1',
    runId: 'r1',
    diffId: 'd1',
    requestId: 'req_1',
    state: 'pending',
    subject: { type: 'diff', id: 'd1' },
    tool: 'file.write',
    workspace: 'example',
    goal: 'Raise the timeout',
    hash: HASH,
    revision: 1,
    author: null,
    files: [{ path: 'a.txt', kind: 'modify', baseHash: HASH, resultHash: HASH, added: 1, removed: 1 }],
    requester: 'developer',
    rule: 'default.write',
    risks: [],
    policy: [],
    onExpiry: 'fail',
    votes: [],
    needed: { people: 1, roles: [] },
    reminders: 0,
    escalations: 0,
    decision: null,
    you: { mayDecide: true, reason: null },
    reverts: null,
    reviewUrl: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-02T00:00:00.000Z',
    ...patch,
  };
}

export function eventOf(patch: Partial<ApprovalEvent> = {}): ApprovalEvent {
  return {
    seq: 1,
    at: '2026-01-01T00:00:00.000Z',
    type: 'approval.requested',
    approvalId: 'a1',
    runId: 'r1',
    subject: 'diff',
    tool: 'file.write',
    requester: 'developer',
    state: 'pending',
    revision: 1,
    hash: HASH,
    votes: 0,
    subjectId: 'd1',
    goal: 'Raise the timeout',
    risks: [],
    expiresAt: '2026-01-02T00:00:00.000Z',
    reviewUrl: null,
    ...patch,
  };
}
