import { Type } from '@sinclair/typebox';
import { AnyObject, ContentHash, Timestamp, boundedInteger, closed, literals, nullable, page } from '../schema';
import { NarrowingSchema } from '../start-params';
import { BREAKER_STATES } from '../tool';
import type { MethodRow } from './method.row';

const ToolEffect = literals(['read', 'write', 'external']);
const ToolVerdict = literals(['allow', 'ask', 'deny']);
const ToolBreaker = literals(BREAKER_STATES, 'open: not called for a while; half_open: the next call finds out');
const ToolPolicy = Type.Object({
  version: Type.Integer({ description: '0: no policy yet' }),
  rules: Type.Array(AnyObject),
  maxCalls: nullable(Type.Integer()),
  actor: nullable(Type.String()),
  updatedAt: nullable(Timestamp),
});

const ToolId = Type.String({ minLength: 1, maxLength: 128, description: '`mcp.<server>.<tool>`' });
const TrustedTool = Type.Object({
  id: ToolId,
  server: Type.String(),
  tool: Type.String({ description: 'As the server calls it' }),
  state: literals(['trusted', 'changed', 'new'], 'Only trusted ones can be called'),
  hash: ContentHash,
  definition: Type.Record(Type.String(), Type.Unknown(), { description: 'As the server has it now; its own words' }),
  seenAt: Timestamp,
  trustedHash: nullable(ContentHash),
  trustedDefinition: nullable(AnyObject),
  trustedBy: nullable(Type.String({ description: '`first-use`: nobody was asked' })),
  trustedAt: nullable(Timestamp),
});

/** Tools, what would happen with a call, and the tenant's own policy. */
export const TOOL_METHODS = {
  'tool/list': {
    summary: 'Tools with their input schema, effect and the verdict of the policy for this caller',
    params: closed({}),
    result: Type.Object({
      items: Type.Array(
        Type.Object({
          name: Type.String(),
          description: Type.String(),
          effect: ToolEffect,
          effort: Type.Number(),
          inputSchema: AnyObject,
          verdict: ToolVerdict,
          rule: Type.String(),
          breaker: ToolBreaker,
        }),
      ),
      away: Type.Array(Type.Object({ prefix: Type.String(), reason: Type.String() }), {
        description:
          'Tools that are not listed for the moment, by what their names begin with: their server cannot be reached',
      }),
      cursor: nullable(Type.String()),
    }),
    scope: 'run:read',
    errors: [],
  },
  'tool/check': {
    summary: 'What would happen with a call, and which rule says so; runs nothing',
    params: closed({
      tool: Type.String({ maxLength: 128 }),
      args: AnyObject,
      workspace: Type.Optional(
        nullable(Type.String({ maxLength: 64, description: 'Required where several are configured' })),
      ),
      policy: Type.Optional(NarrowingSchema),
      tainted: Type.Optional(
        nullable(Type.Boolean({ description: 'As if the arguments came from outside; default false' })),
      ),
    }),
    result: Type.Object({
      verdict: ToolVerdict,
      rule: Type.String(),
      reason: Type.String(),
      effect: nullable(ToolEffect),
      problems: Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() })),
      breaker: nullable(ToolBreaker),
    }),
    scope: 'run:read',
    errors: [],
    rest: { verb: 'POST', path: '/tools/check', operationId: 'ToolController_check', shallowPointers: true },
    example: {
      params: {
        tool: 'file.write',
        args: { path: 'config/payments.yaml', content: 'gateway:\n  timeout_ms: 3000\n' },
      },
      result: {
        verdict: 'ask',
        rule: 'default.write',
        reason: 'A change of a workspace needs a decision unless a rule says otherwise.',
        effect: 'write',
        problems: [],
        breaker: 'closed',
      },
    },
  },
  'tool/policy/get': {
    summary: "The tenant's own tool policy, which makes the server's stricter",
    params: closed({}),
    result: ToolPolicy,
    scope: 'tool:admin',
    errors: [],
  },
  'tool/policy/set': {
    summary: "Put the tenant's tool policy in the place of the version that was read",
    params: closed({
      version: boundedInteger({ description: 'As read; 0: none yet' }),
      rules: Type.Array(AnyObject, { maxItems: 500 }),
      maxCalls: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
      dryRun: Type.Optional(Type.Boolean({ description: 'true: only check it; the answer is the policy in force' })),
    }),
    result: ToolPolicy,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
  'tool/trust/list': {
    summary: 'Tools of MCP servers: what they are now, and what they were when they were trusted',
    params: closed({
      cursor: Type.Optional(ToolId),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default 20' })),
    }),
    result: page(TrustedTool),
    scope: 'tool:admin',
    errors: [],
  },
  'tool/trust': {
    summary: 'Trust a tool of an MCP server as it was looked at',
    params: closed({ id: ToolId, hash: ContentHash }),
    result: TrustedTool,
    scope: 'tool:admin',
    errors: ['not_found', 'conflict'],
  },
} as const satisfies Record<string, MethodRow>;
