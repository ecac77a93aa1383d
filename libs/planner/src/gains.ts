import type { GainRow } from '@assent/contract';
import type { Alias } from './merge';
import type { ActionGains, GainTable, Literal, Variable } from './model';
import { compareText } from './order';
import { invalid, pointer } from './pointer';

/** The variable that a caller's id refers to, and whether the id means its negation. */
export interface Slot {
  readonly id: string;
  readonly variable: number;
  readonly flip: boolean;
}

/** The context for reading rows of a table. */
interface Reader {
  readonly slots: ReadonlyMap<string, Slot>;
  readonly variables: readonly Variable[];
  /** Shared literals by variable and value, because a table refers to the same few in thousands of rows. */
  readonly literals: readonly (readonly [no: Literal, yes: Literal])[];
}

interface Row {
  readonly index: number;
  readonly given: GainRow;
  /** Distinct literals in the order of the variables. */
  readonly when: readonly Literal[];
  /** Canonical text, equal only for equal cases. */
  readonly text: string;
}

export function slotsOf(
  aliases: ReadonlyMap<string, Alias>,
  variables: readonly Variable[],
): ReadonlyMap<string, Slot> {
  const position = new Map(variables.map(({ id }, variable) => [id, variable]));
  return new Map([...aliases].map(([name, { id, flip }]) => [name, { id, flip, variable: position.get(id) ?? -1 }]));
}

/**
 * Reads a gain table. Throws `invalid` for a row that names nothing, can never hold, or contradicts another. A table may
 * have 2,048 rows and is read at every start, so it is read in one pass that creates only the objects it keeps.
 */
export function readGains(
  gains: readonly GainRow[],
  actionIds: ReadonlySet<string>,
  { slots, variables }: Pick<Reader, 'slots' | 'variables'>,
  at: string,
): GainTable {
  const literals = variables.map(
    (_, variable) =>
      [
        { variable, value: false },
        { variable, value: true },
      ] as const,
  );
  const reader = { slots, variables, literals };
  const byAction = new Map<string, Row[]>();
  for (let index = 0; index < gains.length; index += 1) {
    const given = gains[index];
    if (!given) continue;
    if (!actionIds.has(given.actionId)) {
      throw invalid(
        `Gain row ${index} names no action: "${given.actionId}" is not among them.`,
        pointer(at, index, 'actionId'),
      );
    }
    if (!Number.isFinite(given.gain))
      throw invalid(`The gain in row ${index} is not a number.`, pointer(at, index, 'gain'));
    const when = readWhen(given.when, index, reader, at);
    const row = { index, given, when, text: textOf(when) };
    const own = byAction.get(given.actionId);
    if (own) own.push(row);
    else byAction.set(given.actionId, [row]);
  }
  const actions = [...byAction].sort(([a], [b]) => compareText(a, b));
  return new Map(actions.map(([actionId, rows]) => [actionId, actionGains(actionId, rows, reader, at)]));
}

function readWhen(when: GainRow['when'], index: number, { slots, variables, literals }: Reader, at: string): Literal[] {
  const read: Literal[] = [];
  let ascending = true;
  for (const name of Object.keys(when)) {
    const refuse = (message: string) => invalid(`Gain row ${index} ${message}`, pointer(at, index, 'when', name));
    const slot = slots.get(name);
    const [no, yes] = literals[slot?.variable ?? -1] ?? [];
    if (!slot || !no || !yes) throw refuse(`names "${name}", which is not among the assumptions.`);
    const literal = (when[name] === true) === slot.flip ? no : yes;
    const clash = read.find((other) => contradict(other, literal, variables));
    if (clash)
      throw refuse(
        `can never hold: "${variables[clash.variable]?.id ?? ''}" and "${name}" ${clash.variable === literal.variable ? 'say the same' : 'exclude each other'}.`,
      );
    const last = read.at(-1);
    if (last && last.variable >= literal.variable) ascending = false;
    if (ascending || !read.includes(literal)) read.push(literal);
  }
  return ascending ? read : read.sort((a, b) => a.variable - b.variable);
}

function contradict(a: Literal, b: Literal, variables: readonly Variable[]): boolean {
  if (a.variable === b.variable) return a.value !== b.value;
  return a.value && b.value && variables[a.variable]?.excludes.has(b.variable) === true;
}

function textOf(when: readonly Literal[]): string {
  let text = '';
  for (const { variable, value } of when) text += `${variable}${value ? '+' : '-'}`;
  return text;
}

function actionGains(actionId: string, rows: Row[], { slots, variables }: Reader, at: string): ActionGains {
  rows.sort((a, b) => b.when.length - a.when.length || compareText(a.text, b.text) || a.index - b.index);
  const distinct = rows.filter((row, place) => {
    const before = rows[place - 1];
    if (before?.text !== row.text) return true;
    if (before.given.gain === row.given.gain) return false;
    throw invalid(
      `Gain row ${row.index} gives "${actionId}" another gain for the same case as an earlier row. Keep one.`,
      pointer(at, row.index),
    );
  });
  let digest = '';
  for (const { text, given } of distinct) digest += `${text}=${given.gain} `;
  return {
    table: distinct.map(({ when, given }) => ({ when, value: clampGain(given.gain) })),
    rows: distinct.map(({ given, when }) => ({
      actionId,
      when: canonicalWhen(given.when, when, slots, variables),
      gain: given.gain,
    })),
    digest,
  };
}

/** The `when` under canonical ids in canonical order; the given object if it is already canonical. */
function canonicalWhen(
  when: GainRow['when'],
  literals: readonly Literal[],
  slots: Reader['slots'],
  variables: readonly Variable[],
): GainRow['when'] {
  const names = Object.keys(when);
  const canonical = names.every((name, place) => {
    const slot = slots.get(name);
    return slot?.id === name && !slot.flip && (place === 0 || compareText(names[place - 1] ?? '', name) < 0);
  });
  if (canonical) return when;
  const named = literals.map(({ variable, value }) => [variables[variable]?.id ?? '', value] as const);
  return Object.fromEntries(named.sort(([a], [b]) => compareText(a, b)));
}

export function clampGain(gain: number): number {
  return Math.min(1, Math.max(0, gain));
}
