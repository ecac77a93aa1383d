import { Type, type Static } from '@sinclair/typebox';
import { AssentError, literals } from '@assent/contract';
import { quotePath } from '@assent/tools';

/** Deadline for a server that does not answer at all. Statement timeouts are shorter. */
export const SQL_DEADLINE_MS = 60_000;
const STATEMENT_MAX_CHARS = 20_000;
const PARAMS_MAX = 200;
const ITEMS_MAX = 1_000;
const TEXT_MAX_CHARS = 50_000;
const NUMBER_MAX = Number.MAX_SAFE_INTEGER;

const Scalar = Type.Union([
  Type.String({ maxLength: TEXT_MAX_CHARS }),
  Type.Number({ minimum: -NUMBER_MAX, maximum: NUMBER_MAX }),
  Type.Boolean(),
  Type.Null(),
]);

export const StatementArgument = Type.String({
  minLength: 1,
  maxLength: STATEMENT_MAX_CHARS,
  description: 'One statement of SQL, with $1, $2, ... for values',
  examples: ['select id, state from orders where customer = $1'],
});
export const ParamsArgument = Type.Array(Type.Union([Scalar, Type.Array(Scalar, { maxItems: ITEMS_MAX })]), {
  maxItems: PARAMS_MAX,
  description: 'Values for $1, $2, ...; numbers too large for JSON as strings; a list for an array parameter',
  examples: [[42, 'open']],
});
export type Params = Static<typeof ParamsArgument>;

export function connectionArgument(names: readonly string[]) {
  return { ...literals(names, 'Name of a configured database'), examples: names.slice(0, 1) };
}

/** @throws AssentError `invalid` for text that Postgres cannot store, or that would be sent differently from how it is shown */
export function assertSendable(statement: string, params: Params): void {
  const texts = [statement, ...params.flat().filter((value) => typeof value === 'string')];
  const at = texts.findIndex((text) => text.includes('\0') || !text.isWellFormed());
  if (at === -1) return;
  throw new AssentError(
    'invalid',
    `${at === 0 ? 'The statement' : 'A parameter'} contains U+0000 or is not valid Unicode: ${quotePath(texts[at] ?? '')}.`,
    { pointer: at === 0 ? '/args/statement' : '/args/params' },
  );
}
