import {
  ASKING_RULES,
  type ActionInput,
  type Association,
  type AssumptionInput,
  type Beliefs,
  type GainRow,
  type PlannerParams,
} from '@assent/contract';
import fc from 'fast-check';
import { assumptionsOf, worldsOf } from './beliefs';

export { gainIn, probabilityOfWorld, worldsOf } from './beliefs';

/** A random planning problem in the form that a caller sends. */
export interface Problem {
  readonly actions: ActionInput[];
  readonly beliefs: Beliefs & { gains: GainRow[] };
  readonly params: PlannerParams;
}

export interface ProblemOptions {
  readonly assumptions?: { readonly min: number; readonly max: number };
  /** Gain rows for every world of every action, so that no gain defaults to 0. */
  readonly complete?: boolean;
  readonly asks?: boolean;
  /** Conditional tables and exclusions. */
  readonly entangled?: boolean;
}

export const gain = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
export const weight = fc.integer({ min: 0, max: 30 }).map((tenths) => tenths / 10);

export function problem(options: ProblemOptions = {}): fc.Arbitrary<Problem> {
  const { min, max } = options.assumptions ?? { min: 1, max: 4 };
  return fc.integer({ min, max }).chain((count) =>
    fc
      .record({ actions: actionsOf(options), assumptions: assumptionsOf(count, options), params: paramsOf })
      .chain(({ actions, assumptions, params }) =>
        gainsOf(actions, assumptions, options).map((gains) => ({
          actions,
          params,
          beliefs: { assumptions, associations: questionsOf(actions, assumptions), gains },
        })),
      ),
  );
}

const paramsOf: fc.Arbitrary<PlannerParams> = fc.record({
  depth: fc.integer({ min: 1, max: 6 }),
  alpha: weight,
  beta: weight,
  lambda: weight,
  effortScale: fc.constantFrom(9, 60),
  messageScale: fc.constantFrom(90, 600),
  asking: fc.constantFrom(...ASKING_RULES),
});

function actionsOf({ asks = false }: ProblemOptions): fc.Arbitrary<ActionInput[]> {
  const tools = fc.array(
    fc.record({ effort: fc.integer({ min: 0, max: 9 }), baseCost: weight, irreversible: fc.boolean() }),
    { minLength: 1, maxLength: 4 },
  );
  const others = fc.record({
    finish: fc.boolean(),
    noop: fc.boolean(),
    messageLength: fc.integer({ min: 0, max: 90 }),
  });
  return fc
    .tuple(tools, others)
    .map(([costs, { finish, noop, messageLength }]) => [
      ...costs.map((cost, index): ActionInput => ({ id: `tool${index}`, kind: 'tool', tool: 'file.write', ...cost })),
      ...(finish ? [{ id: 'finish', kind: 'finish' } as const] : []),
      ...(noop ? [{ id: 'noop', kind: 'noop' } as const] : []),
      ...(asks ? [{ id: 'ask', kind: 'ask', question: 'Which is it?', messageLength } as const] : []),
    ]);
}

function gainsOf(
  actions: readonly ActionInput[],
  assumptions: readonly AssumptionInput[],
  { complete = false }: ProblemOptions,
): fc.Arbitrary<GainRow[]> {
  const worlds = worldsOf(assumptions);
  const acts = actions.filter(({ kind }) => kind === 'tool' || kind === 'finish');
  const cases = acts.flatMap(({ id }) => worlds.map((when) => ({ actionId: id, when })));
  const rows = complete
    ? fc.constant(cases)
    : fc.subarray(cases).chain((kept) => fc.tuple(...kept.map((row) => shortened(row))));
  return rows
    .chain((kept) => fc.tuple(...kept.map((row) => gain.map((value) => ({ ...row, gain: value })))))
    .map(distinctCases);
}

function shortened(row: { actionId: string; when: Record<string, boolean> }): fc.Arbitrary<typeof row> {
  return fc
    .subarray(Object.keys(row.when))
    .map((ids) => ({ ...row, when: Object.fromEntries(ids.map((id) => [id, row.when[id] === true])) }));
}

function distinctCases(rows: readonly GainRow[]): GainRow[] {
  return [...new Map(rows.map((row) => [JSON.stringify([row.actionId, row.when]), row])).values()];
}

function questionsOf(actions: readonly ActionInput[], assumptions: readonly AssumptionInput[]): Association[] {
  const [first] = assumptions;
  return first
    ? actions
        .filter(({ kind }) => kind === 'ask')
        .map(({ id }) => ({ assumptionId: first.id, value: true, actionId: id }))
    : [];
}
