import 'reflect-metadata';
import { Type as Transformed } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { Type, type Static } from '@sinclair/typebox';
import {
  APPROVAL_STATES,
  ApprovalSchema,
  DecideParamsSchema,
  ReviseParamsSchema,
  SUBJECT_TYPES,
  Uuid,
  closed,
  type ApprovalState,
  type SubjectType,
} from '@assent/contract';

const PAGE_MAX = 100;
const NAME_MAX_CHARS = 128;

/** `GET /approvals/count` */
export class ApprovalCountQueryDto {
  @IsOptional()
  @IsIn(APPROVAL_STATES)
  state?: ApprovalState;

  @IsOptional()
  @IsUUID()
  runId?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  tool?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  requester?: string;

  @IsOptional()
  @IsIn(SUBJECT_TYPES)
  subject?: SubjectType;
}

/** `GET /approvals` */
export class ApprovalQueryDto extends ApprovalCountQueryDto {
  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  cursor?: string;

  @IsOptional()
  @Transformed(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

/** `GET /approvals/{id}/audit` */
export class AuditQueryDto {
  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  cursor?: string;
}

/** Bodies of decisions and revisions. The content they are about is named by the `If-Match` header. */
export const ApproveBodySchema = Type.Pick(DecideParamsSchema, ['comment', 'hunks'], { additionalProperties: false });
export const RejectBodySchema = Type.Pick(DecideParamsSchema, ['comment'], { additionalProperties: false });
export const ReviseBodySchema = Type.Omit(ReviseParamsSchema, ['approvalId', 'hash'], { additionalProperties: false });

const DECISIONS_MAX = 50;
export const BatchBodySchema = closed({
  decisions: Type.Array(DecideParamsSchema, { minItems: 1, maxItems: DECISIONS_MAX }),
});
export type BatchBody = Static<typeof BatchBodySchema>;
export const BatchResultSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      approvalId: Uuid,
      status: Type.Integer({ description: 'The HTTP status that the decision alone would have had' }),
      approval: Type.Optional(ApprovalSchema),
      problem: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
});
