import { Type } from '@sinclair/typebox';
import { AnyObject, MAX_INTEGER, Timestamp, closed, literals, nullable } from '../schema';
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
      cursor: nullable(Type.String()),
    }),
    scope: 'run:read',
    errors: [],
  },
  'tool/check': {
    summary: 'What would happen with a call, and which rule says so; runs nothing',
    params: closed({
      tool: Type.String({ minLength: 1, maxLength: 128 }),
      args: AnyObject,
      workspace: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Default: the first' })),
      policy: Type.Optional(NarrowingSchema),
      tainted: Type.Optional(Type.Boolean({ description: 'As if the arguments came from outside; default false' })),
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
      version: Type.Integer({ minimum: 0, maximum: MAX_INTEGER, description: 'As read; 0: none yet' }),
      rules: Type.Array(AnyObject, { maxItems: 500 }),
      maxCalls: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
    }),
    result: ToolPolicy,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
} as const satisfies Record<string, MethodRow>;
