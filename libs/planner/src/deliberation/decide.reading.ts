import type { Static, TSchema } from '@sinclair/typebox';
import {
  AssentError,
  MAX_WHEN_LITERALS,
  type Association,
  type AssumptionInput,
  type Beliefs,
  type GainRow,
} from '@assent/contract';
import { storableValue } from '@assent/models';
import { compiled, excerpt } from '@assent/platform';
import type { KnownAction } from '../params';
import { pointer } from '../pointer';
import { readBeliefs } from '../read-beliefs';
import { validateActions } from '../validate';
import { checkBeliefs } from './answer.schemas';
import { askingOf, callingOf, finishingOf, isObject, type Candidate } from './candidates';
import {
  DecideAssumptionSchema,
  DecideCandidateSchema,
  MAX_DECIDE_ASSUMPTIONS,
  MAX_DECIDE_CANDIDATES,
  type DecideAssumption,
  type DecideCandidate,
} from './decide.schema';
import type { OfferedFunctions } from './offered.functions';

/** Same format as ids of a caller: visible ASCII characters. */
const ID = /^[\x21-\x7e]{1,128}$/;

/** Maximum characters of a label, the same as for actions of a caller. */
const LABEL_MAX_CHARS = 2_000;

export interface DecideProblem {
  /** JSON pointer into the arguments of `decide`. */
  readonly pointer: string;
  readonly message: string;
}

/** A model's decision. Its beliefs have the form in which a caller would state them. */
export interface ReadDecision {
  readonly why: string;
  /** Actions with their ids, in the order of the candidates. */
  readonly actions: readonly KnownAction[];
  readonly beliefs: Beliefs;
}

export type DecideReading =
  | { readonly ok: true; readonly decision: ReadDecision }
  | { readonly ok: false; readonly problems: readonly DecideProblem[] };

/** A case of the model with its location. */
type Literals = DecideCandidate['when'];

/** Beliefs, and the location of each association and gain row in the arguments of `decide`. */
interface Stated {
  readonly beliefs: Beliefs;
  readonly associations: readonly string[];
  readonly rows: readonly { readonly when: string; readonly gain: string }[];
}

/** Reads the arguments of `decide`. They are checked like beliefs of a caller. Pure. */
export function readDecide(args: unknown, offered: OfferedFunctions): DecideReading {
  const given = withoutNulls(args);
  if (!isObject(given)) return { ok: false, problems: [{ pointer: '', message: 'It must be a JSON object.' }] };
  const { why, assumptions, candidates } = given;
  const problems: DecideProblem[] = [];
  const believed = listOf(
    assumptions ?? [],
    DecideAssumptionSchema,
    '/assumptions',
    0,
    MAX_DECIDE_ASSUMPTIONS,
    problems,
  );
  const proposed = listOf(candidates, DecideCandidateSchema, '/candidates', 1, MAX_DECIDE_CANDIDATES, problems);
  if (problems.length > 0) return { ok: false, problems };
  const actions = proposed.flatMap((candidate, index) => {
    const read = actionOf(candidate, pointer('/candidates', index), offered);
    if ('message' in read) problems.push(read);
    return 'message' in read ? [] : [read];
  });
  refuseContradictions(believed, proposed, problems);
  if (problems.length > 0) return { ok: false, problems };
  const stated = statedBy(believed, proposed);
  const flaw = flawOf(stated, actions, { believed, proposed });
  if (flaw) return { ok: false, problems: [flaw] };
  return { ok: true, decision: { why: typeof why === 'string' ? why.trim() : '', actions, beliefs: stated.beliefs } };
}

/** Problems for the model, one JSON object per line. */
export function problemLines(problems: readonly DecideProblem[]): string {
  return problems.map(({ pointer: at, message }) => JSON.stringify({ pointer: at, message })).join('\n');
}

/** The items of a list, each checked separately, so that the first fault of each is reported. */
function listOf<T extends TSchema>(
  value: unknown,
  schema: T,
  at: string,
  min: number,
  max: number,
  problems: DecideProblem[],
): Static<T>[] {
  if (!Array.isArray(value) || value.length < min || value.length > max) {
    problems.push({ pointer: at, message: `It must be a list of ${min} to ${max}.` });
    return [];
  }
  const is = compiled(schema);
  return value.flatMap((item: unknown, index) => {
    if (is(item)) return [item];
    const [error] = is.errors ?? [];
    const extra: unknown = error?.params['additionalProperty'];
    const named = typeof extra === 'string' ? ` ("${extra}")` : '';
    const message = `It ${error?.message ?? 'is not valid'}${named}.`;
    problems.push({ pointer: `${pointer(at, index)}${error?.instancePath ?? ''}`, message });
    return [];
  });
}

function actionOf(candidate: DecideCandidate, at: string, offered: OfferedFunctions): KnownAction | DecideProblem {
  const { id, label, effort, call, ask, finish } = candidate;
  if (!ID.test(id)) {
    return { pointer: pointer(at, 'id'), message: 'An id has 1 to 128 visible characters of ASCII, no spaces.' };
  }
  const kinds = [call, ask, finish].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) return { pointer: at, message: 'A candidate has exactly one of call, ask and finish.' };
  const read = kindOf(candidate, at, offered);
  if ('message' in read) return read;
  return {
    ...read,
    id,
    ...(label === undefined || label.trim() === '' || finish ? {} : { label: excerpt(label.trim(), LABEL_MAX_CHARS) }),
    ...(effort === undefined || !call ? {} : { effort }),
  };
}

function kindOf(
  { call, ask, finish }: DecideCandidate,
  at: string,
  offered: OfferedFunctions,
): Candidate | DecideProblem {
  if (finish) return finishingOf({ ...finish });
  if (ask) {
    const read = askingOf({ ...ask });
    return typeof read === 'string' ? { pointer: pointer(at, 'ask'), message: read } : read;
  }
  const tool = offered.toolOf(offered.nameOf(call?.tool ?? ''));
  if (!tool) return { pointer: pointer(at, 'call', 'tool'), message: `There is no tool "${call?.tool ?? ''}".` };
  return callingOf(tool, { ...call?.args });
}

/** Refuses a case in which one assumption is both true and false. */
function refuseContradictions(
  assumptions: readonly DecideAssumption[],
  candidates: readonly DecideCandidate[],
  problems: DecideProblem[],
): void {
  const check = (when: Literals, at: string) => {
    if (when.length > MAX_WHEN_LITERALS) {
      problems.push({ pointer: at, message: `A case has at most ${MAX_WHEN_LITERALS} assumptions.` });
    }
    when.forEach(({ assumptionId, value }, index) => {
      const isBoth = when.slice(0, index).some((each) => each.assumptionId === assumptionId && each.value !== value);
      const message = `The case has "${assumptionId}" both true and false.`;
      if (isBoth) problems.push({ pointer: pointer(at, index), message });
    });
  };
  assumptions.forEach(({ given = [] }, index) => {
    given.forEach(({ when }, row) => check(when, pointer('/assumptions', index, 'given', row, 'when')));
  });
  candidates.forEach(({ when, gains = [] }, index) => {
    // Without gains each literal is a separate association, so both values of one assumption may favour a candidate.
    const isCase = gains.length === 0 && candidates.some((other) => (other.gains ?? []).length > 0);
    if (isCase) check(when, pointer('/candidates', index, 'when'));
    gains.forEach((row, place) => check(row.when, pointer('/candidates', index, 'gains', place, 'when')));
  });
}

/**
 * The equivalent beliefs of a caller: each literal of a `when`, and each assumption of a question, becomes an
 * association. If one candidate has gains, the others gain 1 where their `when` holds.
 */
function statedBy(assumptions: readonly DecideAssumption[], candidates: readonly DecideCandidate[]): Stated {
  const associations: { readonly association: Association; readonly at: string }[] = candidates.flatMap(
    ({ id, when, ask }, index) => [
      ...when.map((literal, place) => ({
        association: { ...literal, actionId: id },
        at: pointer('/candidates', index, 'when', place),
      })),
      ...(ask?.assumptionIds ?? []).map((assumptionId, place) => ({
        association: { assumptionId, value: true, actionId: id },
        at: pointer('/candidates', index, 'ask', 'assumptionIds', place),
      })),
    ],
  );
  const hasGains = candidates.some(({ gains = [] }) => gains.length > 0);
  const rows = candidates.flatMap(({ id, when, gains = [] }, index) => {
    const at = pointer('/candidates', index);
    if (gains.length > 0) {
      return gains.map((row, place) => ({
        row: { actionId: id, when: caseOf(row.when), gain: row.gain },
        when: pointer(at, 'gains', place, 'when'),
        gain: pointer(at, 'gains', place, 'gain'),
      }));
    }
    return [{ row: { actionId: id, when: caseOf(when), gain: 1 }, when: pointer(at, 'when'), gain: at }];
  });
  const gains: GainRow[] = rows.map(({ row }) => row);
  return {
    beliefs: {
      assumptions: assumptions.map(statementOf),
      associations: associations.map(({ association }) => association),
      ...(hasGains ? { gains } : {}),
    },
    associations: associations.map(({ at }) => at),
    rows: rows.map(({ when, gain }) => ({ when, gain })),
  };
}

function statementOf({ id, text, p, excludes, given }: DecideAssumption): AssumptionInput {
  return {
    id,
    text,
    p,
    ...(excludes === undefined ? {} : { excludes }),
    ...(given === undefined ? {} : { given: given.map((row) => ({ when: caseOf(row.when), p: row.p })) }),
  };
}

function caseOf(when: Literals): Record<string, boolean> {
  return Object.fromEntries(when.map(({ assumptionId, value }) => [assumptionId, value]));
}

/** The first reason for which a caller's beliefs or actions would be refused; null: they are valid. */
function flawOf(
  stated: Stated,
  actions: readonly KnownAction[],
  given: { readonly believed: readonly DecideAssumption[]; readonly proposed: readonly DecideCandidate[] },
): DecideProblem | null {
  try {
    validateActions(actions, '/candidates');
    readBeliefs(checkBeliefs(stated.beliefs), new Set(actions.map(({ id }) => id)), '', 'strict');
    return null;
  } catch (thrown) {
    if (!(thrown instanceof AssentError) || thrown.reason !== 'invalid') throw thrown;
    const { pointer: at = '' } = thrown.details;
    const message = thrown.message.startsWith(`${at} `) ? `It${thrown.message.slice(at.length)}` : thrown.message;
    return { pointer: placeOf(at, stated, given), message };
  }
}

/** Location of a member of the beliefs in the arguments of `decide`. */
function placeOf(
  at: string,
  { associations, rows }: Stated,
  {
    believed,
    proposed,
  }: { readonly believed: readonly DecideAssumption[]; readonly proposed: readonly DecideCandidate[] },
): string {
  const [, member, first = '', ...rest] = at.split('/');
  const index = Number(first);
  if (member === 'associations') {
    const place = associations[index];
    if (place === undefined) return '/candidates';
    return place.includes('/when/') && rest[0] !== undefined ? `${place}/${rest[0]}` : place;
  }
  if (member === 'gains') {
    const row = rows[index];
    if (!row) return '/candidates';
    if (rest[0] === 'gain') return row.gain;
    return rest[1] === undefined ? row.when : `${row.when}/${literalAt(whenAt(row.when, proposed), rest[1])}`;
  }
  if (member === 'assumptions' && rest[0] === 'given' && rest[2] === 'when' && rest[3] !== undefined) {
    const when = believed[index]?.given?.[Number(rest[1])]?.when ?? [];
    return `/assumptions/${first}/given/${rest[1]}/when/${literalAt(when, rest[3])}`;
  }
  return at;
}

function whenAt(at: string, candidates: readonly DecideCandidate[]): Literals {
  const [, , index, member, row] = at.split('/');
  const candidate = candidates[Number(index)];
  return (member === 'gains' ? candidate?.gains?.[Number(row)]?.when : candidate?.when) ?? [];
}

/** Location of the literal with this id. `step` is escaped as in a JSON pointer. */
function literalAt(when: Literals, step: string): number {
  const id = step.replaceAll('~1', '/').replaceAll('~0', '~');
  return Math.max(
    0,
    when.findIndex(({ assumptionId }) => assumptionId === id),
  );
}

/** Removes null members, because some providers make a model state every member. Does not change arguments of a call. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (member === null) return [];
      return [[name, name === 'args' ? argumentsIn(member) : withoutNulls(member)]];
    }),
  );
}

/** Parses arguments given as JSON text. Its escapes can hide characters that cannot be stored. */
function argumentsIn(member: unknown): unknown {
  if (typeof member !== 'string') return member;
  try {
    return storableValue(JSON.parse(member));
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError || thrown instanceof RangeError)) throw thrown;
    // Not JSON: the schema will report that it is not an object.
    return member;
  }
}
