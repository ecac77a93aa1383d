import { applyDecorators } from '@nestjs/common';
import { ApiDefaultResponse, ApiHeader, ApiParam, ApiQuery, ApiResponse, type ApiBodyOptions } from '@nestjs/swagger';
import { Type, type TSchema } from '@sinclair/typebox';
import { APPROVAL_STATES, SUBJECT_TYPES, Uuid, literals } from '@assent/contract';

/** As the decorators take it; they know no other name for it. */
type OpenApiSchema = Exclude<Extract<ApiBodyOptions, { schema: unknown }>['schema'], { $ref: string }>;

/** RFC 9457, as every error of every route has it. */
const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:assent:error:<reason>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    retryable: Type.Boolean(),
    requestId: Type.String(),
  },
  { additionalProperties: true },
);

/** A schema of the contract as a plain OpenAPI 3.1 one. */
export function openApi(schema: TSchema): OpenApiSchema {
  return JSON.parse(JSON.stringify(schema)) as OpenApiSchema;
}

export function Answers(status: number, description: string, schema: TSchema): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiResponse({ status, description, content: { 'application/json': { schema: openApi(schema) } } }),
    ApiDefaultResponse({
      description: 'Problem details (RFC 9457)',
      content: { 'application/problem+json': { schema: openApi(ProblemSchema) } },
    }),
  );
}

export const ApprovalId = () => ApiParam({ name: 'id', schema: openApi(Uuid) });

export const IfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The content hash, in quotes, as the ETag says it',
    schema: { type: 'string' },
  });

export const Filters = () =>
  applyDecorators(
    ApiQuery({ name: 'state', required: false, schema: openApi(literals(APPROVAL_STATES)) }),
    ApiQuery({ name: 'runId', required: false, schema: openApi(Uuid) }),
    ApiQuery({ name: 'tool', required: false, schema: { type: 'string' } }),
    ApiQuery({ name: 'requester', required: false, schema: { type: 'string' } }),
    ApiQuery({ name: 'subject', required: false, schema: openApi(literals(SUBJECT_TYPES)) }),
  );
