import type { Action, Assumption, TreeParams } from '@assent/contract';
import { withResolution, type KnownTruths } from './facts';
import { clampGain } from './gains';
import type { Joint } from './joint/joint';
import { readJoint, type Fact } from './joint/read-joint';
import { describeCase, overlaps } from './joint/rows';
import { explored, learnedGains } from './learned/gains';
import type { GainTable, Model, TableRow, Variable } from './model';
import { resolvedBy } from './questions';
import type { ReadBeliefs } from './read-beliefs';
import { moved, type Assumed } from './what-if';

export interface ModelInput extends KnownTruths {
  readonly beliefs: ReadBeliefs;
  readonly actions: readonly Action[];
  readonly params: TreeParams;
  /** Assumed probabilities of open assumptions. */
  readonly assumed?: Assumed;
}

/** Maximum pairs of overlapping gain rows named per action in warnings. */
const MAX_OVERLAPS = 3;

/**
 * Combines beliefs, actions and known facts. Repairs contradictions in the beliefs with a warning; the reader has already refused
 * beliefs whose contradictions are errors.
 * @throws AssentError invalid, with a pointer into /assume
 */
export function buildModel({ beliefs, actions: given, params, assumed, ...known }: ModelInput): Model {
  const actions = given.map((action) => explored(action, params));
  const { variables, associations, gains, ranks, aliases } = beliefs;
  const assumptions = beliefs.assumptions.map((assumption) => withResolution(assumption, known, aliases));
  const position = new Map(variables.map(({ id }, index) => [id, index]));
  const resolved = actions.map((action) => resolvedBy(action, associations, gains, assumptions));
  const facts = factsOf(assumptions);
  const { prior, joint, warnings } = readJoint(assumptions, facts);
  const gainTables = actions.map((action) => learnedGains(gainTable(action, beliefs, position), action, params));
  return {
    params,
    actions,
    assumptions: params.ranking === 'caller' ? byRank(assumptions, ranks) : assumptions,
    associations,
    gains,
    variables,
    gainTables,
    resolves: resolved.map(({ assumptionIds }) =>
      assumptionIds.flatMap((id) => position.get(id) ?? []).sort((a, b) => a - b),
    ),
    prior,
    facts,
    joint: afterAssuming(joint, assumed, variables),
    assumed: assumed ?? null,
    warnings: [
      ...beliefs.warnings,
      ...resolved.flatMap(({ warning }) => warning ?? []),
      ...gainWarnings(gains, actions),
      ...actions.flatMap(({ id }, index) => overlapWarnings(id, gainTables[index] ?? [], variables)),
      ...warnings,
    ],
  };
}

function factsOf(assumptions: readonly Assumption[]): Fact[] {
  return assumptions.flatMap(({ resolved, how = 'observed' }, variable) =>
    resolved === null ? [] : [{ variable, value: resolved, how }],
  );
}

function afterAssuming(joint: Joint, assumed: Assumed | undefined, variables: readonly Variable[]): Joint {
  return assumed ? moved(joint, assumed, variables) : joint;
}

function byRank(assumptions: readonly Assumption[], ranks: ReadonlyMap<string, number>): Assumption[] {
  return [...assumptions].sort((a, b) => (ranks.get(a.id) ?? 0) - (ranks.get(b.id) ?? 0));
}

/** Without a gain table, an action gains 1 if one of its associated assumptions has the associated value. */
function gainTable(
  action: Action,
  { gains, associations }: ReadBeliefs,
  position: ReadonlyMap<string, number>,
): readonly TableRow[] {
  if (action.kind === 'ask' || action.kind === 'noop') return [];
  if (gains) return gains.get(action.id)?.table ?? [];
  return associations
    .filter(({ actionId }) => actionId === action.id)
    .map(({ assumptionId, value }) => ({ when: [{ variable: position.get(assumptionId) ?? -1, value }], value: 1 }));
}

function gainWarnings(gains: GainTable | null, actions: readonly Action[]): string[] {
  const outside = [...(gains?.values() ?? [])].flatMap(({ rows }) =>
    rows.filter(({ gain }) => gain !== clampGain(gain)),
  );
  const [first] = outside;
  const unread = actions.filter(({ id, kind }) => kind === 'noop' && gains?.has(id) === true);
  return [
    ...(first
      ? [`${outside.length} of the gains lie outside 0 to 1, first ${first.gain} of ${first.actionId}; clamped.`]
      : []),
    ...unread.map(({ id }) => `Gains of ${id} are not read: U of a noop is 0.`),
  ];
}

function overlapWarnings(actionId: string, table: readonly TableRow[], variables: readonly Variable[]): string[] {
  const nameOf = (variable: number) => variables[variable]?.id ?? '';
  const exclude = (a: number, b: number) => variables[a]?.excludes.has(b) === true;
  return overlaps(table, exclude, MAX_OVERLAPS).map(
    ([a, b]) =>
      `Two gain rows of ${actionId} can hold together and are equally specific, ${describeCase(a.when, nameOf)} and ${describeCase(b.when, nameOf)}; where both hold, their gains are averaged.`,
  );
}
