import type { Assumption, GivenRow } from '@assent/contract';
import type { Literal, TableRow, Variable } from './model';
import { clampProbability } from './numbers';
import { compareText, dependencyOrder } from './order';

/** Variables in dependency order. Fewer than assumptions where their conditions turn in a circle. */
export function variablesOf(assumptions: readonly Assumption[], ranks: ReadonlyMap<string, number>): Variable[] {
  const indexOf = new Map(assumptions.map(({ id }, index) => [id, index]));
  const indexes = (ids: readonly string[]) => new Set(ids.flatMap((id) => indexOf.get(id) ?? []));
  const parents = assumptions.map(({ given }) => indexes(given.flatMap(({ when }) => Object.keys(when))));
  const listed = assumptions.map(({ excludes }) => indexes(excludes));
  const listing = assumptions.map(
    (_, index) => new Set(listed.flatMap((others, other) => (others.has(index) ? [other] : []))),
  );
  // An exclusion stated on one side only speaks of the other side: the side that states it keeps its own probability.
  const oneSided = assumptions.map(
    (_, index) => new Set([...(listing[index] ?? [])].filter((other) => !listed[index]?.has(other))),
  );
  const order = dependencyOrder(
    assumptions.map(({ key }) => key),
    parents,
    oneSided,
  );
  const position = new Map(order.map((index, place) => [assumptions[index]?.id ?? '', place]));
  const places = (set: ReadonlySet<number> | undefined) => [...(set ?? [])].map((index) => order.indexOf(index));
  return order.flatMap((index, place) => {
    const assumption = assumptions[index];
    if (!assumption) return [];
    const excludes = [...new Set([...places(listed[index]), ...places(listing[index])])].sort((a, b) => a - b);
    const needs = [...new Set([...places(parents[index]), ...excludes.filter((other) => other < place)])].sort(
      (a, b) => a - b,
    );
    const table = tableOf(
      assumption.given.map(({ when, p }) => ({ when, value: clampProbability(p) })),
      position,
    );
    return {
      id: assumption.id,
      key: assumption.key,
      p: assumption.p,
      table,
      needs,
      excludes,
      rank: ranks.get(assumption.id) ?? 0,
    };
  });
}

/** Rows with literals, the most specific first; among equals the order of their literals decides. */
function tableOf(
  rows: readonly { readonly when: GivenRow['when']; readonly value: number }[],
  position: ReadonlyMap<string, number>,
): TableRow[] {
  return rows
    .map(({ when, value }) => ({ when: literalsOf(when, position), value }))
    .map((row) => ({ row, text: literalText(row.when) }))
    .sort((a, b) => b.row.when.length - a.row.when.length || compareText(a.text, b.text))
    .map(({ row }) => row);
}

function literalsOf(when: GivenRow['when'], position: ReadonlyMap<string, number>): Literal[] {
  return Object.entries(when)
    .flatMap(([id, value]) => {
      const variable = position.get(id);
      return variable === undefined ? [] : [{ variable, value }];
    })
    .sort((a, b) => a.variable - b.variable);
}

function literalText(literals: readonly Literal[]): string {
  return literals.map(({ variable, value }) => `${String(variable).padStart(3, '0')}${value ? '+' : '-'}`).join('');
}
