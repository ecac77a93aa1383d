import { Type } from '@sinclair/typebox';
import {
  APPROVAL_STATES,
  ApprovalSchema,
  DecideParamsSchema,
  DiffSchema,
  ReviseParamsSchema,
  SUBJECT_TYPES,
} from '../approval';
import { ApprovalPolicySchema, SetApprovalPolicySchema } from '../approval-policy';
import { Cursor, PageLimit, Uuid, closed, literals, page } from '../schema';
import type { MethodRow } from './method.row';

const Name = Type.String({ minLength: 1, maxLength: 128 });
const FILTERS = {
  state: Type.Optional(literals(APPROVAL_STATES)),
  runId: Type.Optional(Uuid),
  tool: Type.Optional(Name),
  requester: Type.Optional(Name),
  subject: Type.Optional(literals(SUBJECT_TYPES)),
};

/** Diffs, and the decisions on them. */
export const APPROVAL_METHODS = {
  'diff/get': {
    summary: 'A stored diff with its files, patch, hash, state and lineage',
    params: closed({ diffId: Uuid }),
    result: DiffSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
  'approval/list': {
    summary: 'Approvals, oldest first',
    params: closed({ ...FILTERS, cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) }),
    result: page(ApprovalSchema),
    scope: 'approval:read',
    errors: [],
  },
  'approval/get': {
    summary: 'One approval',
    params: closed({ approvalId: Uuid }),
    result: ApprovalSchema,
    scope: 'approval:read',
    errors: ['not_found'],
  },
  'approval/decide': {
    summary: 'Approve or reject exactly the content with this hash; the first decision wins',
    params: DecideParamsSchema,
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'precondition_failed', 'gone'],
  },
  'approval/count': {
    summary: 'How many approvals there are, by state',
    params: closed(FILTERS),
    result: Type.Object({ total: Type.Integer(), states: Type.Record(literals(APPROVAL_STATES), Type.Integer()) }),
    scope: 'approval:read',
    errors: [],
  },
  'approval/revise': {
    summary:
      'Change what is asked for before deciding: a new revision with a hash of its own, on which nobody has voted yet',
    params: ReviseParamsSchema,
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'precondition_failed', 'gone'],
  },
  'approval/policy/get': {
    summary: "The tenant's approval policy",
    params: closed({}),
    result: ApprovalPolicySchema,
    scope: 'tool:admin',
    errors: [],
  },
  'approval/policy/set': {
    summary: "Replace the tenant's approval policy; it can only ask for more than the server's",
    params: SetApprovalPolicySchema,
    result: ApprovalPolicySchema,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
} as const satisfies Record<string, MethodRow>;
