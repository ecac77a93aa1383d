import { Type } from '@sinclair/typebox';
import { AuditLineSchema, ChainHeadSchema, ReadableAuditLineSchema } from '../audit';
import { PageLimit, Uuid, closed, largeInteger, page } from '../schema';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

const Name = Type.Optional(Type.String({ maxLength: 256 }));
const Time = Type.String({ format: 'date-time' });
/** Lines of one page of an export. */
export const AUDIT_EXPORT_MAX = 500;

const line = {
  tenantId: 'local',
  position: 1,
  previousHash: '0'.repeat(64),
  id: STORY.auditId,
  action: 'approval.decide',
  actor: 'reviewer',
  subjectType: 'approval',
  subjectId: STORY.approvalId,
  runId: STORY.runId,
  hash: STORY.hash,
  policyVersion: 'built-in',
  detail: JSON.stringify({ decision: 'approve', comment: STORY.comment }),
  createdAt: STORY.decidedAt,
  rowHash: STORY.rowHash,
};
const head = { position: 1, hash: STORY.rowHash };

/** Who did what, on which content. */
export const AUDIT_METHODS = {
  'audit/list': {
    summary: 'Lines of the audit, newest first',
    params: closed({
      action: Name,
      actor: Name,
      subjectType: Name,
      subjectId: Name,
      runId: Type.Optional(Uuid),
      from: Type.Optional(Time),
      to: Type.Optional({ ...Time, description: 'Not included' }),
      cursor: Type.Optional(Type.String({ pattern: '^\\d{1,15}$', description: 'From the previous page' })),
      limit: Type.Optional(PageLimit),
    }),
    result: page(ReadableAuditLineSchema),
    scope: 'approval:read',
    errors: [],
    rest: { verb: 'GET', path: '/audit', operationId: 'AuditController_list' },
    example: {
      params: {
        action: 'approval.decide',
        actor: 'reviewer',
        subjectType: 'approval',
        subjectId: STORY.approvalId,
        runId: STORY.runId,
        from: STORY.startedAt,
        to: STORY.expiresAt,
        cursor: '1',
        limit: 20,
      },
      result: { items: [{ ...line, detail: { decision: 'approve', comment: STORY.comment } }], cursor: null },
    },
  },
  'audit/head': {
    summary: 'The end of the chain; note it down elsewhere',
    params: closed({}),
    result: ChainHeadSchema,
    scope: 'approval:read',
    errors: [],
    rest: { verb: 'GET', path: '/audit/head', operationId: 'AuditController_head' },
    example: { params: {}, result: head },
  },
  'audit/export': {
    summary: 'A page of the chain, oldest first, with its head; `npm run audit:verify` checks the lines',
    params: closed({
      after: Type.Optional(largeInteger({ description: 'Position of the last line that was exported before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: AUDIT_EXPORT_MAX, default: AUDIT_EXPORT_MAX })),
    }),
    result: Type.Object({
      items: Type.Array(AuditLineSchema),
      cursor: Type.Integer({
        description: 'Pass as `after` next time; all is exported when it is the position of the head',
      }),
      head: ChainHeadSchema,
    }),
    scope: 'approval:read',
    errors: [],
    rest: {
      verb: 'GET',
      path: '/audit/export',
      operationId: 'AuditController_export',
      summary: 'The whole chain as JSON lines, the head last; npm run audit:verify checks it',
      without: ['limit'],
      produces: ['application/x-ndjson'],
      example: { params: { after: 0 }, result: `${JSON.stringify(line)}\n${JSON.stringify({ head })}\n` },
    },
    example: { params: { after: 0, limit: AUDIT_EXPORT_MAX }, result: { items: [line], cursor: 1, head } },
  },
} as const satisfies Record<string, MethodRow>;
