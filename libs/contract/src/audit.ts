import { Type, type Static } from '@sinclair/typebox';
import { Timestamp, Uuid, nullable } from './schema';

/** A stored line of the audit, spelled as it is hashed. docs/audit.md is the public description. */
export const AuditLineSchema = Type.Object({
  tenantId: Type.String(),
  position: Type.Integer(),
  previousHash: Type.String({ description: 'Hash of the line before; 64 zeros at position 1' }),
  id: Uuid,
  action: Type.String(),
  actor: Type.String(),
  subjectType: Type.String(),
  subjectId: Type.String(),
  runId: nullable(Uuid),
  hash: nullable(Type.String()),
  policyVersion: nullable(Type.String()),
  detail: Type.String({ description: 'JSON text, exactly as it is stored' }),
  createdAt: Timestamp,
  rowHash: Type.String(),
});
export type AuditLine = Static<typeof AuditLineSchema>;

/** The same for people: `detail` is a value, not its text. */
export const ReadableAuditLineSchema = Type.Object({ ...AuditLineSchema.properties, detail: Type.Unknown() });
export type ReadableAuditLine = Static<typeof ReadableAuditLineSchema>;

/** The end of the chain. A reader who notes it down elsewhere notices when lines are cut off. */
export const ChainHeadSchema = Type.Object({ position: Type.Integer(), hash: Type.String() });
export type ChainHead = Static<typeof ChainHeadSchema>;

/** What was recorded of one approval. */
export const ApprovalAuditLineSchema = Type.Object({
  id: Uuid,
  action: Type.String(),
  actor: Type.String(),
  subjectType: Type.String(),
  subjectId: Type.String(),
  runId: nullable(Uuid),
  hash: nullable(Type.String()),
  detail: Type.Record(Type.String(), Type.Unknown()),
  at: Timestamp,
});
export type ApprovalAuditLine = Static<typeof ApprovalAuditLineSchema>;
