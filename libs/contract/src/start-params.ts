import { Type, type Static } from '@sinclair/typebox';
import { CalibrationChoiceSchema } from './calibration';
import { ClientToolSchema, MAX_CLIENT_TOOLS } from './client-tool';
import { ActionInputSchema, BeliefsSchema, LEARNING_MODES, PlannerParamsSchema } from './planner';
import { QUESTION_DEFAULTS } from './question';
import { AnyObject, ClientTraceId, IdempotencyKey, closed, largeInteger, literals } from './schema';
import { SearchBudgetInput, SearchRulesInputSchema } from './search';

/** Longest trace in characters over all its parts. */
export const TRACE_MAX_CHARS = 200_000;
export const GOAL_MAX_CHARS = 8_000;
/** Longest time a question may wait: ten years. */
const MAX_TTL_SECONDS = 315_360_000;

export const TraceSchema = Type.Union([
  Type.String({ maxLength: TRACE_MAX_CHARS }),
  Type.Array(Type.String({ maxLength: TRACE_MAX_CHARS }), { maxItems: 1_000 }),
]);
const ToolGlobs = Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: 64 });
/** Who chose the calls of a run. */
export const START_ORIGINS = ['caller', 'model'] as const;
export const NarrowingSchema = closed({ deny: Type.Optional(ToolGlobs), ask: Type.Optional(ToolGlobs) });

export const StartParamsSchema = closed({
  goal: Type.String({ minLength: 1, maxLength: GOAL_MAX_CHARS }),
  context: Type.Optional(Type.String({ maxLength: TRACE_MAX_CHARS, description: 'What the agent knows already' })),
  trace: Type.Optional(TraceSchema),
  beliefs: Type.Optional(BeliefsSchema),
  actions: Type.Optional(Type.Array(ActionInputSchema, { maxItems: 64 })),
  params: Type.Optional(PlannerParamsSchema),
  workspace: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Required where several are configured' }),
  ),
  policy: Type.Optional(NarrowingSchema),
  origin: Type.Optional(
    literals(
      START_ORIGINS,
      '`model`: a model chose the given actions, so their arguments are tainted; default: caller',
    ),
  ),
  memory: Type.Optional(Type.Boolean({ default: true, description: 'false: recall nothing, learn nothing' })),
  learning: Type.Optional(
    literals(
      LEARNING_MODES,
      'What earlier outcomes do to probabilities and gains; default: `show` beside beliefs of the caller, else `apply`; `memory: false`: `off`',
    ),
  ),
  family: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description:
        'Runs of one family learn from each other; default: similar goals, without regard to numbers, ids, dates, hosts and quoted strings',
    }),
  ),
  deliberation: Type.Optional(
    literals(
      ['auto', 'always', 'search', 'off', 'plan'],
      'How a model comes to a decision. auto: by one turn, with alternatives where it sees any; always: with alternatives before each change; search: the best of several plans, judged in pairs; off: without beliefs; plan: the former name of auto',
    ),
  ),
  search: Type.Optional(
    closed({
      rules: Type.Optional(SearchRulesInputSchema),
      budget: Type.Optional(SearchBudgetInput),
      verify: Type.Optional(
        closed(
          { tool: Type.String({ minLength: 1, maxLength: 128 }), args: AnyObject },
          { description: 'A tool that reads; a plan passes when it succeeds. "{{answer}}" in args is the plan' },
        ),
      ),
    }),
  ),
  budget: Type.Optional(
    closed({
      tokens: Type.Optional(largeInteger({ minimum: 1 })),
      costUsd: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    }),
  ),
  calibration: Type.Optional(CalibrationChoiceSchema),
  clientTools: Type.Optional(
    Type.Array(ClientToolSchema, { maxItems: MAX_CLIENT_TOOLS, description: 'Tools that this client hosts' }),
  ),
  questions: Type.Optional(
    closed({
      ttlSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_TTL_SECONDS })),
      onExpiry: Type.Optional(literals(QUESTION_DEFAULTS, 'What is taken for true when nobody answers in time')),
    }),
  ),
  maxSteps: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000, description: 'Steps of a run that a model plans; default MAX_STEPS' }),
  ),
  idempotencyKey: Type.Optional(IdempotencyKey),
  clientTraceId: Type.Optional(ClientTraceId),
});
export type StartParams = Static<typeof StartParamsSchema>;
