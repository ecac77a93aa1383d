import type { TSchema } from '@sinclair/typebox';
import * as fc from 'fast-check';
import { Reference, type Draft, type Json } from './references';

const MAX_EXTRA_ITEMS = 3;
const MAX_OPTIONAL = 4;
const MAX_TEXT = 24;
/** Longest text that is made as long as its schema allows. */
const MAX_LONG_TEXT = 20_000;
const LATEST_MS = 4_102_444_800_000;
const FAR = 1e9;
/** fast-check generates from no lookahead, and takes seconds for a class of Unicode. */
const UNICODE_CLASS = /\\p\{/i;
const LOOKAHEAD = /\(\?[!=](?:[^()]|\([^()]*\))*\)/;

interface SchemaNode {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly uniqueItems?: boolean;
}

/** Values that a schema accepts, as far as it says so in keywords. @param name of the property that holds the value */
export function draftsOf(schema: TSchema | object, name = ''): fc.Arbitrary<Draft> {
  return draftOf(schema as SchemaNode, name);
}

/** Any JSON. */
export const ANY_JSON = fc.jsonValue({ maxDepth: 3, depthSize: 'small' }) as fc.Arbitrary<Json>;

const made = new WeakMap<SchemaNode, Map<string, fc.Arbitrary<Draft>>>();

/** Made once: it takes longer than to draw a value. */
function draftOf(schema: SchemaNode, name: string): fc.Arbitrary<Draft> {
  const byName = made.get(schema) ?? new Map<string, fc.Arbitrary<Draft>>();
  made.set(schema, byName);
  const known = byName.get(name) ?? makeDrafts(schema, name);
  byName.set(name, known);
  return known;
}

function makeDrafts(schema: SchemaNode, name: string): fc.Arbitrary<Draft> {
  if (Object.hasOwn(schema, 'const')) return fc.constant(schema['const'] as Json);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => draftOf(one, name)));
  switch (schema.type) {
    case 'object':
      return schema.properties ? objects(schema) : maybeKnown(name, records(schema));
    case 'array':
      return arrays(schema, name);
    case 'string':
      return maybeKnown(name, texts(schema));
    case 'integer':
      return maybeKnown(name, integers(schema));
    case 'number':
      return numbers(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return ANY_JSON;
  }
}

/** Half of the time a value of this name that the server has given out. */
function maybeKnown(name: string, values: fc.Arbitrary<Json>): fc.Arbitrary<Draft> {
  if (name === '') return values;
  return fc.oneof(
    values,
    values.map((fallback) => new Reference(name, fallback)),
  );
}

function objects({ properties = {}, required = [] }: SchemaNode): fc.Arbitrary<Draft> {
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  return fc
    .subarray(optional, { maxLength: Math.min(optional.length, MAX_OPTIONAL) })
    .chain((extra) =>
      fc.record(
        Object.fromEntries(
          [...required, ...extra].map((name) => [name, draftOf(properties[name] ?? {}, name)] as const),
        ),
        { noNullPrototype: true },
      ),
    );
}

function records({ patternProperties = {}, maxProperties = MAX_EXTRA_ITEMS }: SchemaNode): fc.Arbitrary<Json> {
  const [pattern = '', value = {}] = Object.entries(patternProperties)[0] ?? [];
  const keys =
    pattern === '' || pattern === '^(.*)$'
      ? fc.string({ maxLength: MAX_TEXT })
      : fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.dictionary(keys, draftOf(value, '') as fc.Arbitrary<Json>, {
    maxKeys: Math.min(maxProperties, MAX_EXTRA_ITEMS),
    noNullPrototype: true,
  });
}

function arrays(
  { items = {}, minItems = 0, maxItems = Infinity, uniqueItems }: SchemaNode,
  name: string,
): fc.Arbitrary<Draft> {
  const lengths = { minLength: minItems, maxLength: Math.min(maxItems, minItems + MAX_EXTRA_ITEMS) };
  const part = draftOf(items, name.replace(/s$/, ''));
  return uniqueItems
    ? fc.uniqueArray(part, { ...lengths, selector: (value) => JSON.stringify(value) })
    : fc.array(part, lengths);
}

function texts({ pattern, format, minLength = 0, maxLength = Infinity }: SchemaNode): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc.integer({ min: 0, max: LATEST_MS }).map((ms) => new Date(ms).toISOString());
  }
  if (pattern !== undefined) {
    return matching(pattern)
      .map((text) => text.slice(0, maxLength))
      .filter((text) => text.length >= minLength && new RegExp(pattern, 'u').test(text));
  }
  const short = { minLength, maxLength: Math.min(maxLength, Math.max(minLength, MAX_TEXT)) };
  const longest = maxLength <= MAX_LONG_TEXT ? [{ weight: 1, arbitrary: fc.constant('x'.repeat(maxLength)) }] : [];
  return fc.oneof(
    { weight: 12, arbitrary: fc.string(short) },
    { weight: 2, arbitrary: fc.string({ ...short, unit: 'binary' }) },
    ...longest,
  );
}

function matching(pattern: string): fc.Arbitrary<string> {
  if (UNICODE_CLASS.test(pattern)) return fc.string({ minLength: 1, maxLength: MAX_TEXT });
  return fc.stringMatching(new RegExp(pattern.replace(LOOKAHEAD, ''), 'u'));
}

function integers({ minimum = -FAR, maximum = FAR }: SchemaNode): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: maximum });
}

function numbers({
  minimum = -FAR,
  maximum = FAR,
  exclusiveMinimum,
  exclusiveMaximum,
}: SchemaNode): fc.Arbitrary<number> {
  return fc.double({
    min: exclusiveMinimum ?? minimum,
    max: exclusiveMaximum ?? maximum,
    minExcluded: exclusiveMinimum !== undefined,
    maxExcluded: exclusiveMaximum !== undefined,
    noNaN: true,
  });
}

/** Values that a careless or hostile client sends in place of the right one. */
const WRONG = fc.oneof(
  ANY_JSON,
  fc.constantFrom<Json>(
    null,
    '',
    '\0',
    '\u202e',
    '__proto__',
    'constructor',
    "' or 1=1 --",
    '../../../etc/passwd',
    '00000000-0000-0000-0000-000000000000',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01',
    'x'.repeat(100_000),
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    1e308,
    -0,
  ),
);

type Change = 'replace' | 'remove' | 'add' | 'wrap' | 'textual';

/** The same with one change at one place. */
export function changed(drafts: fc.Arbitrary<Draft>): fc.Arbitrary<Draft> {
  const change = fc.constantFrom<Change>('replace', 'replace', 'remove', 'add', 'wrap', 'textual');
  return fc
    .tuple(
      drafts,
      fc.nat(),
      change,
      WRONG,
      fc.oneof(fc.string({ maxLength: MAX_TEXT }), fc.constantFrom('__proto__', 'id', 'toString')),
    )
    .map(([draft, at, kind, wrong, key]) => {
      const paths = pathsIn(draft);
      return edited(draft, paths[at % paths.length] ?? [], { kind, wrong, key });
    });
}

type Path = readonly (string | number)[];

function pathsIn(draft: Draft, path: Path = []): Path[] {
  if (typeof draft !== 'object' || draft === null || draft instanceof Reference) return [path];
  const inner = Array.isArray(draft)
    ? draft.flatMap((part: Draft, index) => pathsIn(part, [...path, index]))
    : Object.entries(draft).flatMap(([name, part]) => pathsIn(part, [...path, name]));
  return [path, ...inner];
}

interface Edit {
  readonly kind: Change;
  readonly wrong: Json;
  readonly key: string;
}

function edited(draft: Draft, path: Path, edit: Edit): Draft {
  const [step, ...rest] = path;
  if (step === undefined) return replaced(draft, edit);
  if (rest.length === 0 && edit.kind === 'remove') {
    if (Array.isArray(draft)) return draft.filter((_, index) => index !== step) as Draft[];
    return Object.fromEntries(Object.entries(draft as Record<string, Draft>).filter(([name]) => name !== step));
  }
  if (Array.isArray(draft))
    return draft.map((part: Draft, index) => (index === step ? edited(part, rest, edit) : part));
  const entries = Object.entries(draft as Record<string, Draft>);
  return Object.fromEntries(entries.map(([name, part]) => [name, name === step ? edited(part, rest, edit) : part]));
}

function replaced(draft: Draft, { kind, wrong, key }: Edit): Draft {
  if (kind === 'add' && isPlain(draft)) return Object.fromEntries([...Object.entries(draft), [key, wrong]]);
  if (kind === 'wrap') return [draft];
  if (kind === 'textual' && typeof draft === 'number') return String(draft);
  return wrong;
}

function isPlain(draft: Draft): draft is Readonly<Record<string, Draft>> {
  return typeof draft === 'object' && draft !== null && !Array.isArray(draft) && !(draft instanceof Reference);
}
