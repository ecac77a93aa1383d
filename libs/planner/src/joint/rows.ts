/** An assumption with a truth value. */
export interface Literal {
  /** Position of the assumption. */
  readonly variable: number;
  readonly value: boolean;
}

/** One row of a conditional or gain table: `value` applies where all literals hold. */
export interface TableRow {
  readonly when: readonly Literal[];
  readonly value: number;
}

/** Truth of an assumption by position: 1, 0, or any other value when unknown. */
export type TruthOf = (variable: number) => number | undefined;

/**
 * The value of a table given the truth of its assumptions: that of the most specific matching row, or the mean of several
 * equally specific ones; undefined when no row matches. Rows MUST be sorted most specific first.
 */
export function valueAt(table: readonly TableRow[], truth: TruthOf): number | undefined {
  let [specificity, total, count] = [-1, 0, 0];
  for (const { when, value } of table) {
    if (count > 0 && when.length < specificity) break;
    if (!holds(when, truth)) continue;
    specificity = when.length;
    total += value;
    count += 1;
  }
  return count === 0 ? undefined : total / count;
}

/**
 * Pairs of equally specific rows with different values that can match together, at most `limit`.
 * @param exclude whether two assumptions cannot both be true
 */
export function overlaps(
  table: readonly TableRow[],
  exclude: (a: number, b: number) => boolean,
  limit: number,
): [TableRow, TableRow][] {
  const found: [TableRow, TableRow][] = [];
  // Two rows about the same assumptions name different cases: equal ones were merged or refused.
  const numbers = new Map<string, number>();
  const named = table.map(({ when }) => {
    const names = when.map(({ variable }) => variable).join();
    const number = numbers.get(names) ?? numbers.size;
    numbers.set(names, number);
    return number;
  });
  if (numbers.size === 1) return found;
  table.forEach((row, place) => {
    for (let next = place + 1; next < table.length && found.length < limit; next += 1) {
      const other = table[next];
      if (other?.when.length !== row.when.length) return;
      if (named[place] === named[next] || other.value === row.value) continue;
      if (!contradict(row.when, other.when, exclude)) found.push([row, other]);
    }
  });
  return found;
}

/** The literals of one row for a message: `{a: true, b: false}`. */
export function describeCase(when: readonly Literal[], nameOf: (variable: number) => string): string {
  return `{${when.map(({ variable, value }) => `${nameOf(variable)}: ${String(value)}`).join(', ')}}`;
}

function holds(when: readonly Literal[], truth: TruthOf): boolean {
  for (const { variable, value } of when) if (truth(variable) !== Number(value)) return false;
  return true;
}

function contradict(
  some: readonly Literal[],
  others: readonly Literal[],
  exclude: (a: number, b: number) => boolean,
): boolean {
  for (const a of some) {
    for (const b of others) {
      if (a.variable === b.variable ? a.value !== b.value : a.value && b.value && exclude(a.variable, b.variable))
        return true;
    }
  }
  return false;
}
