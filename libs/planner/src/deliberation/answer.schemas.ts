import { Type, type Static, type TSchema } from '@sinclair/typebox';
import {
  AssentError,
  BeliefsSchema,
  DELETE_REASONS,
  type Beliefs,
  type DeleteReason,
  type PlanOp,
} from '@assent/contract';
import { type AnswerSchema, storableValue } from '@assent/models';
import { compiled } from '@assent/platform';

/** Strict endpoints require every property, no unknown ones, and no bounds, so bounds are checked afterwards. */
function strict<T extends Record<string, TSchema>>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** A case is a list, because strict schemas do not allow maps. */
const Case = Type.Array(strict({ assumptionId: Type.String(), value: Type.Boolean() }));

const ComposerAnswerSchema = strict({
  assumptions: Type.Array(
    strict({
      id: Type.String(),
      text: Type.String(),
      p: Type.Number(),
      excludes: Type.Array(Type.String()),
      given: Type.Array(strict({ when: Case, p: Type.Number() })),
    }),
  ),
  associations: Type.Array(strict({ assumptionId: Type.String(), value: Type.Boolean(), actionId: Type.String() })),
  ranking: Type.Array(Type.String()),
  observed: Type.Array(strict({ number: Type.Integer(), truth: Type.Boolean() })),
});
export type ComposerAnswer = Static<typeof ComposerAnswerSchema>;

const EvaluatorAnswerSchema = strict({
  gains: Type.Array(strict({ actionId: Type.String(), when: Case, gain: Type.Number() })),
});
export type EvaluatorAnswer = Static<typeof EvaluatorAnswerSchema>;

const JudgeAnswerSchema = strict({
  criteria: Type.Array(
    strict({ name: Type.String(), weight: Type.Number(), first: Type.Number(), second: Type.Number() }),
  ),
  critique: Type.String(),
  lessons: Type.Array(Type.String()),
  evolvedPrompt: Type.String(),
});
export type JudgeAnswer = Static<typeof JudgeAnswerSchema>;

/** Flat, because strict schemas have no alternatives. Properties that an operation does not use are empty, or `none`. */
const DistilAnswerSchema = strict({
  operations: Type.Array(
    strict({
      op: Type.Unsafe<PlanOp['op']>({ type: 'string', enum: ['add', 'modify', 'merge', 'delete'] }),
      fragmentIds: Type.Array(Type.String()),
      text: Type.String(),
      reason: Type.Unsafe<DeleteReason | 'none'>({ type: 'string', enum: [...DELETE_REASONS, 'none'] }),
      rationale: Type.String(),
    }),
  ),
});
export type DistilAnswer = Static<typeof DistilAnswerSchema>;

export const COMPOSER_ANSWER: AnswerSchema = { name: 'beliefs', schema: ComposerAnswerSchema };
export const EVALUATOR_ANSWER: AnswerSchema = { name: 'gains', schema: EvaluatorAnswerSchema };
export const JUDGE_ANSWER: AnswerSchema = { name: 'judgement', schema: JudgeAnswerSchema };
export const DISTIL_ANSWER: AnswerSchema = { name: 'lessons', schema: DistilAnswerSchema };

/** @throws AssentError invalid that describes the problem to the model, with a pointer */
export function readComposerAnswer(text: string): ComposerAnswer {
  return checked(ComposerAnswerSchema, parsed(text));
}

/** @throws AssentError invalid */
export function readEvaluatorAnswer(text: string): EvaluatorAnswer {
  return checked(EvaluatorAnswerSchema, parsed(text));
}

/** @throws AssentError invalid */
export function readJudgeAnswer(text: string): JudgeAnswer {
  return checked(JudgeAnswerSchema, parsed(text));
}

/** @throws AssentError invalid */
export function readDistilAnswer(text: string): DistilAnswer {
  return checked(DistilAnswerSchema, parsed(text));
}

/** Applies the limits for beliefs of a caller. @throws AssentError invalid */
export function checkBeliefs(beliefs: unknown): Beliefs {
  return checked(BeliefsSchema, beliefs);
}

/** Endpoints that do not enforce the schema often return JSON in a code block. */
const CODE_BLOCK = /^\s*```[a-z]*\s*\n([\s\S]*?)\n?\s*```\s*$/i;

function parsed(text: string): unknown {
  const body = CODE_BLOCK.exec(text)?.[1] ?? text;
  if (body.trim() === '') throw new AssentError('invalid', 'The answer is empty.', { pointer: '' });
  try {
    // JSON can escape characters that cannot be stored: "\u0000".
    return storableValue(JSON.parse(body));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it does not parse';
    throw new AssentError('invalid', `The answer is not valid JSON: ${why}.`, { pointer: '' }, { cause });
  }
}

function checked<T extends TSchema>(schema: T, value: unknown): Static<T> {
  const is = compiled(schema);
  if (is(value)) return value;
  const [error] = is.errors ?? [];
  const pointer = error?.instancePath ?? '';
  const extra: unknown = error?.params['additionalProperty'];
  const named = typeof extra === 'string' ? ` ("${extra}")` : '';
  const what = error?.message ?? 'is not valid';
  throw new AssentError('invalid', `${pointer === '' ? 'The answer' : pointer} ${what}${named}.`, { pointer });
}
