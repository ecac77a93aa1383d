import { Type, type Static } from '@sinclair/typebox';
import type { ResolutionHow } from './planner-input';
import { Timestamp, Uuid, closed, literals } from './schema';

/** Who says what is true of an assumption. `refutation`: it was settled in another run of the same workspace. */
export const RESOLUTION_SOURCES = [
  'answer',
  'expiry',
  'complete',
  'observation',
  'assumption/resolve',
  'refutation',
] as const;
export type ResolutionSource = (typeof RESOLUTION_SOURCES)[number];

/** What is taken for true when nobody answers: what is likelier, one truth value, or nothing (the probabilities stand). */
export const QUESTION_DEFAULTS = ['unresolved', 'likely', 'true', 'false'] as const;
export type QuestionDefault = (typeof QUESTION_DEFAULTS)[number];

export const QUESTION_STATES = ['pending', 'answered', 'expired', 'cancelled', 'voided'] as const;
export type QuestionState = (typeof QUESTION_STATES)[number];

export const ANSWER_MAX_CHARS = 4_000;

export const ResolutionSchema = closed({ assumptionId: Type.String(), truth: Type.Boolean() });
/** What is true of an assumption, and how it came to be so; absent: observed. */
export type Resolution = Static<typeof ResolutionSchema> & { readonly how?: ResolutionHow };

/** `params` of an `input/request`. */
export const InputRequestSchema = Type.Object({
  runId: Uuid,
  question: Type.String(),
  options: Type.Optional(
    Type.Array(Type.String(), { description: 'Answers to choose from; text is accepted as well' }),
  ),
  assumptions: Type.Array(Type.Object({ assumptionId: Type.String(), text: Type.String(), p: Type.Number() }), {
    description: 'What the answer settles',
  }),
  onExpiry: literals(QUESTION_DEFAULTS),
  expiresAt: Timestamp,
});
export type InputRequest = Static<typeof InputRequestSchema>;

/** The `result` a client sends back for an `input/request`. */
export const InputAnswerSchema = closed(
  {
    truth: Type.Optional(Type.Boolean({ description: 'Of all the assumptions that the question settles' })),
    resolved: Type.Optional(
      Type.Array(ResolutionSchema, { minItems: 1, maxItems: 64, description: 'Of some of them' }),
    ),
    option: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: ANSWER_MAX_CHARS,
        description: 'One of the options, as the question has it',
      }),
    ),
    text: Type.Optional(
      Type.String({ minLength: 1, maxLength: ANSWER_MAX_CHARS, description: 'In words, for a model to read' }),
    ),
  },
  { minProperties: 1 },
);
export type InputAnswer = Static<typeof InputAnswerSchema>;
