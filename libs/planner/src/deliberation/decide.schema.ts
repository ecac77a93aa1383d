import { Type, type Static, type TSchema } from '@sinclair/typebox';
import type { JsonObject } from '@assent/contract';
import type { FunctionOffer } from '@assent/models';

/** Name of the function for a decision between alternatives. */
export const DECIDE = 'decide';

export const MAX_DECIDE_ASSUMPTIONS = 12;
export const MAX_DECIDE_CANDIDATES = 6;

/** Optional members may be missing or null. The reader checks bounds, because not every provider accepts them in a schema. */
function object<T extends Record<string, TSchema>>(properties: T, description?: string) {
  return Type.Object(properties, { additionalProperties: false, ...(description ? { description } : {}) });
}

/** A list instead of a map, which not every provider accepts. */
const Case = (description: string) =>
  Type.Array(object({ assumptionId: Type.String(), value: Type.Boolean() }), { description });

/** An open object. It declares no properties, because Gemini refuses an empty declaration. */
const Arguments = Type.Unsafe<JsonObject>({
  type: 'object',
  description: 'Its complete arguments, as its schema says',
});

export const DecideAssumptionSchema = object({
  id: Type.String({ description: 'x1, x2, ...' }),
  text: Type.String({ description: 'One statement about the world that is true or false; no hedges' }),
  p: Type.Number({ description: 'Probability that it is true, above 0 and below 1' }),
  excludes: Type.Optional(
    Type.Array(Type.String(), { description: 'Ids of assumptions that cannot be true together with it' }),
  ),
  given: Type.Optional(
    Type.Array(object({ when: Case('All must hold'), p: Type.Number() }), {
      description: 'Where its probability depends on other assumptions: the probability in that case',
    }),
  ),
});
export type DecideAssumption = Static<typeof DecideAssumptionSchema>;

export const DecideCandidateSchema = object({
  id: Type.String({ description: 'c1, c2, ...' }),
  label: Type.Optional(Type.String({ description: 'What it does, in a few words' })),
  when: Case('Each assumption value that makes this candidate the right one; empty: no assumption speaks for it'),
  gains: Type.Optional(
    Type.Array(object({ when: Case('The case; empty: every case'), gain: Type.Number() }), {
      description: 'Progress towards the goal by case, 0 to 1; the row with the most conditions that hold counts',
    }),
  ),
  effort: Type.Optional(Type.Number({ description: 'Minutes of work and review; leave it out for the usual effort' })),
  call: Type.Optional(
    object(
      {
        tool: Type.String({ description: 'Name of an offered function' }),
        args: Arguments,
      },
      'Call a function',
    ),
  ),
  ask: Type.Optional(
    object(
      {
        question: Type.String({ description: 'Complete without anything said before' }),
        assumptionIds: Type.Optional(
          Type.Array(Type.String(), {
            description: 'Assumptions that are true if the answer is yes, false if it is no',
          }),
        ),
        options: Type.Optional(Type.Array(Type.String(), { description: 'Answers to choose from' })),
      },
      'Ask a person',
    ),
  ),
  finish: Type.Optional(
    object({ reached: Type.Boolean(), summary: Type.String(), remaining: Type.Optional(Type.String()) }, 'End the run'),
  ),
});
export type DecideCandidate = Static<typeof DecideCandidateSchema>;

const DecideSchema = object({
  why: Type.String({ description: 'What decides between the candidates, in one or two sentences' }),
  assumptions: Type.Array(DecideAssumptionSchema, { description: `0 to ${MAX_DECIDE_ASSUMPTIONS}` }),
  candidates: Type.Array(DecideCandidateSchema, {
    description: `1 to ${MAX_DECIDE_CANDIDATES}; each has exactly one of call, ask and finish`,
  }),
});

const EXAMPLE = {
  why: 'Where the timeout is set decides which file to change.',
  assumptions: [{ id: 'x1', text: 'The timeout is set in app.yaml', p: 0.8 }],
  candidates: [
    {
      id: 'c1',
      when: [{ assumptionId: 'x1', value: true }],
      call: { tool: 'file_edit', args: { path: 'app.yaml', edits: [{ old: 'timeout: 3', new: 'timeout: 30' }] } },
    },
    {
      id: 'c2',
      when: [{ assumptionId: 'x1', value: false }],
      call: { tool: 'file_edit', args: { path: 'env.ts', edits: [{ old: 'TIMEOUT = 3', new: 'TIMEOUT = 30' }] } },
    },
  ],
};

export const DECIDE_OFFER: FunctionOffer = {
  name: DECIDE,
  description: [
    'Decides between alternatives when there is a real choice: states what you assume, how likely it is, and which candidate is right where.',
    'The best candidate is computed from your numbers and carried out; the others are not.',
    `Example: ${JSON.stringify(EXAMPLE)}`,
  ].join(' '),
  parameters: DecideSchema,
};
