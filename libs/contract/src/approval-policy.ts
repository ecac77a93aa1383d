import { Type, type Static } from '@sinclair/typebox';
import { RISKS, SUBJECT_TYPES } from './approval';
import { Timestamp, boundedInteger, closed, largeInteger, literals, nullable } from './schema';

/** More than a person keeps in mind; every change walks them all. */
const RULES_MAX = 500;
const LIST_MAX = 100;
const GLOB_MAX_CHARS = 256;
const ROLE_MAX_CHARS = 128;
/** More people than that do not decide one change. */
const QUORUM_MAX = 50;
/** Ten years. */
const SECONDS_MAX = 315_360_000;
const AMOUNT_MAX = Number.MAX_SAFE_INTEGER;

const Globs = Type.Array(Type.String({ minLength: 1, maxLength: GLOB_MAX_CHARS }), { minItems: 1, maxItems: LIST_MAX });
const Names = Type.Array(Type.String({ minLength: 1, maxLength: ROLE_MAX_CHARS }), { minItems: 1, maxItems: LIST_MAX });
const Seconds = Type.Integer({ minimum: 1, maximum: SECONDS_MAX });
const Count = largeInteger({ minimum: 1 });
const Bound = Type.Number({ minimum: -AMOUNT_MAX, maximum: AMOUNT_MAX });

/** One rule: which changes it is about (a condition that is absent holds for all), and what they need. The first that matches decides. */
export const ApprovalRuleSchema = closed({
  id: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
  tools: Type.Optional(Globs),
  workspaces: Type.Optional(Names),
  effects: Type.Optional(Type.Array(literals(['write', 'external']), { minItems: 1, maxItems: 2 })),
  subjects: Type.Optional(Type.Array(literals(SUBJECT_TYPES), { minItems: 1, maxItems: SUBJECT_TYPES.length })),
  paths: Type.Optional(Globs),
  amounts: Type.Optional(
    Type.Array(
      closed({
        pointer: Type.String({ minLength: 2, maxLength: 256, pattern: '^(/([^~/]|~[01])*)+$' }),
        atLeast: Type.Optional(Bound),
        atMost: Type.Optional(Bound),
      }),
      { minItems: 1, maxItems: 10 },
    ),
  ),
  risks: Type.Optional(Type.Array(literals(RISKS), { minItems: 1, maxItems: RISKS.length })),
  linesAtLeast: Type.Optional(Count),
  filesAtLeast: Type.Optional(Count),

  auto: Type.Optional(Type.Literal(true, { description: 'Approves by itself; never what hides characters' })),
  tainted: Type.Optional(Type.Literal(true, { description: 'With auto: also where arguments may come from outside' })),
  deciders: Type.Optional(Names),
  roles: Type.Optional(Names),
  quorum: Type.Optional(Type.Integer({ minimum: 1, maximum: QUORUM_MAX })),
  authors: Type.Optional(literals(['allow', 'deny'], 'Whether the author of a revision may approve it')),
  expiresSeconds: Type.Optional(Seconds),
  onExpiry: Type.Optional(literals(['fail', 'continue'])),
  remindSeconds: Type.Optional(Type.Array(Seconds, { minItems: 1, maxItems: 20 })),
  escalate: Type.Optional(
    Type.Array(
      closed({
        afterSeconds: Seconds,
        deciders: Type.Optional(Names),
        roles: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: ROLE_MAX_CHARS }), { maxItems: LIST_MAX }),
        ),
      }),
      { minItems: 1, maxItems: 10 },
    ),
  ),
});
export type ApprovalRule = Static<typeof ApprovalRuleSchema>;

export const ApprovalRulesSchema = Type.Array(ApprovalRuleSchema, { maxItems: RULES_MAX });

/** What APPROVAL_POLICY_FILE holds. */
export const ApprovalPolicyFileSchema = closed({ version: Type.Literal(1), rules: ApprovalRulesSchema });

export const ApprovalPolicySchema = Type.Object({
  version: Type.Integer({ description: '0: not set yet' }),
  rules: Type.Array(Type.Record(Type.String(), Type.Unknown())),
  actor: nullable(Type.String()),
  updatedAt: nullable(Timestamp),
});
export type ApprovalPolicy = Static<typeof ApprovalPolicySchema>;

export const SetApprovalPolicySchema = closed({
  version: boundedInteger({ description: 'The version this one replaces' }),
  rules: Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: RULES_MAX }),
  dryRun: Type.Optional(Type.Boolean({ description: 'true: only check it; the answer is the policy in force' })),
});
export type SetApprovalPolicy = Static<typeof SetApprovalPolicySchema>;
