import type { Action, Assumption, TreeParams } from '@assent/contract';
import { clampGain } from './gains';
import type { Alias } from './merge';
import { UNKNOWN, assume, type GainTable, type Model, type TableRow, type Truth, type Variable } from './model';
import { compareText } from './order';
import { settledBy } from './questions';
import type { ReadBeliefs } from './read-beliefs';

export interface ModelInput {
  readonly beliefs: ReadBeliefs;
  readonly actions: readonly Action[];
  readonly params: TreeParams;
  /** Assumption id to truth. */
  readonly resolutions: Readonly<Record<string, boolean>>;
}

/** Puts beliefs, actions and what is known already together. */
export function buildModel({ beliefs, actions, params, resolutions }: ModelInput): Model {
  const { variables, associations, gains, ranks, aliases } = beliefs;
  const assumptions = beliefs.assumptions.map((assumption) => withResolution(assumption, resolutions, aliases));
  const position = new Map(variables.map(({ id }, index) => [id, index]));
  const settled = actions.map((action) => settledBy(action, associations, gains, assumptions));
  const facts = factsOf(assumptions, variables);
  return {
    params,
    actions,
    assumptions: params.ranking === 'caller' ? byRank(assumptions, ranks) : assumptions,
    associations,
    gains,
    variables,
    gainTables: actions.map((action) => gainTable(action, beliefs, position)),
    settles: settled.map(({ assumptionIds }) =>
      assumptionIds.flatMap((id) => position.get(id) ?? []).sort((a, b) => a - b),
    ),
    facts: facts.truth,
    warnings: [
      ...beliefs.warnings,
      ...settled.flatMap(({ warning }) => warning ?? []),
      ...gainWarnings(gains, actions),
      ...facts.warnings,
    ],
  };
}

function withResolution(
  assumption: Assumption,
  resolutions: ModelInput['resolutions'],
  aliases: ReadonlyMap<string, Alias>,
): Assumption {
  const known = Object.entries(resolutions)
    .filter(([id]) => aliases.get(id)?.id === assumption.id)
    .sort(([a], [b]) => compareText(a, b))
    .map(([id, truth]) => truth !== aliases.get(id)?.flip);
  return known[0] === undefined ? assumption : { ...assumption, resolved: known[0] };
}

function byRank(assumptions: readonly Assumption[], ranks: ReadonlyMap<string, number>): Assumption[] {
  return [...assumptions].sort((a, b) => (ranks.get(a.id) ?? 0) - (ranks.get(b.id) ?? 0));
}

/** Without a gain table, an action helps where one of the assumptions that speak for it has the value that they name. */
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

/**
 * Truth of what is resolved, and of what that excludes. Nothing is inferred backwards: what a fact depends on keeps its
 * own probability. Facts stand against the belief that they exclude each other.
 */
function factsOf(
  assumptions: readonly Assumption[],
  variables: readonly Variable[],
): { truth: Truth; warnings: string[] } {
  const truth: Truth = new Int8Array(variables.length).fill(UNKNOWN);
  const resolved = new Map(
    assumptions.flatMap(({ id, resolved: known }) => (known === null ? [] : [[id, known] as const])),
  );
  variables.forEach(({ id }, variable) => {
    const known = resolved.get(id);
    if (known !== undefined) truth[variable] = Number(known);
  });
  const isTrue = (variable: number) => truth[variable] === 1;
  const warnings = variables.flatMap(({ id, excludes }, variable) =>
    excludes
      .filter((other) => other < variable && isTrue(variable) && isTrue(other))
      .map((other) => `${id} and ${variables[other]?.id ?? ''} exclude each other, but both were resolved to true.`),
  );
  variables.forEach((_, variable) => {
    if (isTrue(variable)) assume(variables, truth, { variable, value: true });
  });
  return { truth, warnings };
}
