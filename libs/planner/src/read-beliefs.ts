import {
  MAX_ASSOCIATIONS,
  type Assumption,
  type Association,
  type AssumptionInput,
  type GainRow,
} from '@assent/contract';
import { readGains, slotsOf } from './gains';
import { mergeAssumptions, type Merged, type SourcedAssumption } from './merge';
import type { GainTable, Variable } from './model';
import { compareText } from './order';
import { invalid, pointer, refuseDuplicates } from './pointer';
import { flawOf } from './joint/read-joint';
import { orderedIds, variablesOf } from './variables';

/** Beliefs of a caller, a composer or a stored tree. */
export interface GivenBeliefs {
  readonly assumptions: readonly SourcedAssumption[];
  readonly associations?: readonly Association[];
  readonly gains?: readonly GainRow[];
}

/** Consistent beliefs in canonical form: one assumption per statement, tables by variable. */
export interface ReadBeliefs {
  /** In the order of their keys. */
  readonly assumptions: readonly Assumption[];
  readonly aliases: Merged['aliases'];
  /** Position of each among the given assumptions. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly variables: readonly Variable[];
  readonly associations: readonly Association[];
  /** Null when no row was given. */
  readonly gains: GainTable | null;
  readonly warnings: readonly string[];
}

/**
 * `strict` refuses beliefs that have no joint distribution as stated; for new input of a caller. `lenient` accepts them, and the
 * model built from them repairs them with warnings; for beliefs of a composer or a stored tree.
 */
export type ReadingRules = 'strict' | 'lenient';

/** Refuses beliefs with contradictions, unknown ids or circular conditions. Pointers start with `base`. */
export function readBeliefs(
  beliefs: GivenBeliefs,
  actionIds: ReadonlySet<string>,
  base: string,
  rules: ReadingRules,
): ReadBeliefs {
  const { assumptions, associations = [], gains = [] } = beliefs;
  const at = (...steps: (string | number)[]) => pointer(base, ...steps);
  const ids = new Set(assumptions.map(({ id }) => id));
  refuseDuplicates(
    assumptions.map(({ id }) => id),
    'assumption',
    at('assumptions'),
  );
  assumptions.forEach((assumption, index) => {
    validateNumbers(assumption, ids, at('assumptions', index));
  });
  const merged = mergeAssumptions(assumptions);
  assumptions.forEach((assumption, index) => {
    validateGiven(assumption, merged, at('assumptions', index));
    validateExcludes(assumption, merged, at('assumptions', index));
  });
  const ranks = rankOf(assumptions, merged.aliases);
  const variables = variablesOf(merged.assumptions, ranks);
  refuseCircles(assumptions, merged, at('assumptions'));
  if (rules === 'strict') refuseFlaws(assumptions, merged, at('assumptions'));
  const reader = { slots: slotsOf(merged.aliases, variables), variables };
  return {
    assumptions: merged.assumptions,
    aliases: merged.aliases,
    ranks,
    variables,
    associations: readAssociations(associations, merged.aliases, actionIds, at('associations')),
    gains: gains.length > 0 ? readGains(gains, actionIds, reader, at('gains')) : null,
    warnings: merged.warnings,
  };
}

function validateNumbers(
  { id, p, excludes = [], given = [] }: AssumptionInput,
  ids: ReadonlySet<string>,
  at: string,
): void {
  refuseCertainty(p, id, pointer(at, 'p'));
  excludes.forEach((other, index) => {
    if (other === id) throw invalid(`Assumption "${id}" excludes itself.`, pointer(at, 'excludes', index));
    if (!ids.has(other))
      throw invalid(
        `Assumption "${id}" excludes "${other}", which is not among the assumptions.`,
        pointer(at, 'excludes', index),
      );
  });
  given.forEach((row, index) => {
    refuseCertainty(row.p, id, pointer(at, 'given', index, 'p'));
    const unknown = Object.keys(row.when).find((name) => !ids.has(name));
    if (unknown !== undefined) {
      throw invalid(
        `A condition of assumption "${id}" names "${unknown}", which is not among the assumptions.`,
        pointer(at, 'given', index, 'when', unknown),
      );
    }
  });
}

function refuseCertainty(p: number, id: string, at: string): void {
  if (Number.isFinite(p) && p > 0 && p < 1) return;
  throw invalid(
    `The probability of assumption "${id}" must lie between 0 and 1, both excluded. Resolve what is certain instead.`,
    at,
  );
}

/** Refuses a condition on the assumption itself, on an excluded assumption, or on an impossible case. */
function validateGiven({ id, given = [] }: AssumptionInput, { aliases, assumptions }: Merged, at: string): void {
  const own = aliases.get(id)?.id ?? id;
  const excluded = (a: string, b: string) => assumptions.some((other) => other.id === a && other.excludes.includes(b));
  const exclude = (a: string, b: string) => excluded(a, b) || excluded(b, a);
  given.forEach(({ when }, index) => {
    const held = new Map<string, { readonly name: string; readonly value: boolean }>();
    for (const [name, asked] of Object.entries(when)) {
      const refuse = (message: string) => invalid(message, pointer(at, 'given', index, 'when', name));
      const alias = aliases.get(name) ?? { id: name, flip: false };
      const value = asked !== alias.flip;
      if (alias.id === own) throw refuse(`The probability of assumption "${id}" depends on itself.`);
      if (value && exclude(own, alias.id)) {
        throw refuse(
          `"${id}" has a probability where "${name}" holds, but the two exclude each other. Drop the condition or the exclusion.`,
        );
      }
      const clash = [...held].find(([other, known]) =>
        other === alias.id ? known.value !== value : known.value && value && exclude(other, alias.id),
      );
      if (clash)
        throw refuse(
          `A condition of assumption "${id}" can never hold: "${clash[1].name}" and "${name}" contradict each other.`,
        );
      held.set(alias.id, { name, value });
    }
  });
}

/** An exclusion is about two true statements, but an exclusion of a merged negation would be about a false one. */
function validateExcludes({ id, excludes = [] }: AssumptionInput, { aliases }: Merged, at: string): void {
  excludes.forEach((other, index) => {
    const refuse = (message: string) => invalid(message, pointer(at, 'excludes', index));
    const [own, theirs] = [aliases.get(id), aliases.get(other)];
    if (own?.id === theirs?.id) {
      if (own?.flip === theirs?.flip)
        throw refuse(`"${id}" and "${other}" say the same and cannot exclude each other.`);
      return;
    }
    const turned = [id, other].find((name) => aliases.get(name)?.flip === true);
    if (turned === undefined) return;
    throw refuse(
      `"${turned}" is the negation of "${aliases.get(turned)?.id ?? ''}" and was merged into it; say what excludes what with that one.`,
    );
  });
}

/** Refuses circular conditions. The pointer leads to the first that could not be ordered. */
function refuseCircles(
  assumptions: readonly SourcedAssumption[],
  { aliases, assumptions: merged }: Merged,
  at: string,
): void {
  const ordered = orderedIds(merged);
  if (ordered.size === merged.length) return;
  const index = assumptions.findIndex(
    ({ id, given = [] }) => given.length > 0 && !ordered.has(aliases.get(id)?.id ?? id),
  );
  throw invalid(
    `The conditions of assumption "${assumptions[index]?.id ?? ''}" turn in a circle. Leave one of them out.`,
    pointer(at, index, 'given'),
  );
}

/** Refuses probabilities that cannot all hold, and beliefs that are too entangled for an exact result. */
function refuseFlaws(assumptions: readonly SourcedAssumption[], { assumptions: merged }: Merged, at: string): void {
  const flaw = flawOf(merged);
  if (!flaw) return;
  const first = (member?: 'given' | 'excludes') =>
    assumptions.findIndex(
      (assumption) => flaw.ids.includes(assumption.id) && (!member || (assumption[member] ?? []).length > 0),
    );
  if (flaw.kind === 'excess') throw invalid(`${flaw.message} Lower one.`, pointer(at, first(), 'p'));
  const cause = (['given', 'excludes'] as const).find((member) => first(member) >= 0);
  throw invalid(
    `${flaw.message} Give fewer conditions or exclusions.`,
    pointer(at, first(cause), ...(cause ? [cause] : [])),
  );
}

function rankOf(assumptions: readonly SourcedAssumption[], aliases: Merged['aliases']): ReadonlyMap<string, number> {
  const ids = assumptions.map(({ id }) => aliases.get(id)?.id ?? id);
  return new Map([...new Set(ids)].map((id, rank) => [id, rank]));
}

function readAssociations(
  associations: readonly Association[],
  aliases: Merged['aliases'],
  actionIds: ReadonlySet<string>,
  at: string,
): Association[] {
  if (associations.length > MAX_ASSOCIATIONS) {
    throw invalid(
      `There are ${associations.length} associations; at most ${MAX_ASSOCIATIONS} are weighed. Leave out the weakest.`,
      at,
    );
  }
  const read = associations.map(({ assumptionId, value, actionId }, index) => {
    const alias = aliases.get(assumptionId);
    if (!alias)
      throw invalid(
        `Association ${index} names no assumption: "${assumptionId}" is not among them.`,
        pointer(at, index, 'assumptionId'),
      );
    if (!actionIds.has(actionId))
      throw invalid(
        `Association ${index} names no action: "${actionId}" is not among them.`,
        pointer(at, index, 'actionId'),
      );
    return { assumptionId: alias.id, value: value !== alias.flip, actionId };
  });
  const distinct = new Map(read.map((association) => [JSON.stringify(association), association]));
  return [...distinct].sort(([a], [b]) => compareText(a, b)).map(([, association]) => association);
}
