import { Type } from '@sinclair/typebox';
import { APPROVAL_STATES, ApprovalSchema, DecideParamsSchema, DiffSchema } from '../approval';
import { Cursor, PageLimit, Uuid, closed, literals, page } from '../schema';
import type { MethodRow } from './method.row';

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
    params: closed({
      state: Type.Optional(literals(APPROVAL_STATES)),
      runId: Type.Optional(Uuid),
      tool: Type.Optional(Type.String({ maxLength: 128 })),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(PageLimit),
    }),
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
} as const satisfies Record<string, MethodRow>;
