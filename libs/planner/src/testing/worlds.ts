import type {
  ActionInput,
  Association,
  AssumptionInput,
  Beliefs,
  GainRow,
  GivenRow,
  PlannerParams,
} from '@assent/contract';
import fc from 'fast-check';

/** A random planning problem, as a caller would send it. */
export interface Problem {
  readonly actions: ActionInput[];
  readonly beliefs: Beliefs & { gains: GainRow[] };
  readonly params: PlannerParams;
}

export interface ProblemOptions {
  readonly assumptions?: { readonly min: number; readonly max: number };
  /** Gain rows for every world of every action, so that nothing is left to the default of 0. */
  readonly complete?: boolean;
  readonly asks?: boolean;
  /** Conditional tables and exclusions. */
  readonly entangled?: boolean;
}

export const probability = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);
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

/** Every truth value for every assumption, the impossible ones left out. */
export function worldsOf(assumptions: readonly AssumptionInput[]): Record<string, boolean>[] {
  const all = assumptions.reduce<Record<string, boolean>[]>(
    (worlds, { id }) =>
      worlds.flatMap((world) => [
        { ...world, [id]: true },
        { ...world, [id]: false },
      ]),
    [{}],
  );
  return all.filter((world) =>
    assumptions.every(
      ({ id, excludes = [] }) => world[id] !== true || excludes.every((other) => world[other] !== true),
    ),
  );
}

/**
 * Probability of a world by the chain rule in the order of the list, written apart from the code under test: parents
 * and one-sided excluders stand before what depends on them in every problem made here.
 */
export function probabilityOfWorld(world: Record<string, boolean>, assumptions: readonly AssumptionInput[]): number {
  return assumptions.reduce((product, { id, p, given = [] }, index) => {
    const forced = assumptions
      .slice(0, index)
      .some((other) => world[other.id] === true && (other.excludes ?? []).includes(id));
    const row = given
      .filter(({ when }) => matches(when, world))
      .sort((a, b) => Object.keys(b.when).length - Object.keys(a.when).length)[0];
    const chance = forced ? 0 : (row?.p ?? p);
    return product * (world[id] === true ? chance : 1 - chance);
  }, 1);
}

/** G(a, world): the most specific matching row, else 0. */
export function gainIn(world: Record<string, boolean>, actionId: string, gains: readonly GainRow[]): number {
  const rows = gains.filter((row) => row.actionId === actionId && matches(row.when, world));
  return rows.sort((a, b) => Object.keys(b.when).length - Object.keys(a.when).length)[0]?.gain ?? 0;
}

function matches(when: GivenRow['when'], world: Record<string, boolean>): boolean {
  return Object.entries(when).every(([id, value]) => world[id] === value);
}

const paramsOf: fc.Arbitrary<PlannerParams> = fc.record({
  depth: fc.integer({ min: 1, max: 6 }),
  alpha: weight,
  beta: weight,
  lambda: weight,
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

function assumptionsOf(count: number, { entangled = false }: ProblemOptions): fc.Arbitrary<AssumptionInput[]> {
  const ids = Array.from({ length: count }, (_, index) => `x${index}`);
  const one = (id: string, index: number) =>
    fc
      .record({
        p: probability,
        parent: fc.integer({ min: 0, max: Math.max(0, index - 1) }),
        when: fc.boolean(),
        row: probability,
        kind: fc.constantFrom('free', 'given', 'excluded'),
      })
      .map((drawn) => ({ id, index, ...drawn }));
  return fc.tuple(...ids.map(one)).map((drawn) => {
    const dependent = drawn.filter(({ index, kind }) => entangled && index > 0 && kind !== 'free');
    return drawn.map(({ id, index, p, parent, when, row, kind }): AssumptionInput => ({
      id,
      text: `Statement ${index} of this problem`,
      p,
      ...(dependent.some((other) => other.id === id) && kind === 'given'
        ? { given: [{ when: { [ids[parent] ?? id]: when }, p: row }] }
        : {}),
      // Stated by the parent alone, so that the parent keeps its own probability.
      excludes: dependent
        .filter((other) => other.kind === 'excluded' && ids[other.parent] === id)
        .map((other) => other.id),
    }));
  });
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
