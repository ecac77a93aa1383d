import type { Json, JsonObject } from '@assent/contract';
import { Refused, isObject } from '@assent/tools';

/** Maximum locations that a check of one value may visit with all references followed. A ten-line schema can have billions. */
const LOCATIONS_MAX = 5_000;
const DEFINITIONS = ['$defs', 'definitions'] as const;
const COMBINED = ['anyOf', 'oneOf', 'allOf'] as const;

type Definitions = ReadonlyMap<string, JsonObject>;
type Visit = (place: JsonObject) => JsonObject;

/**
 * Bounds the work of a check. A definition may refer to itself along a single path into the value. With several alternatives the
 * work would double at each level, so such a location accepts anything and leaves the check to the server.
 * @param schema as written by the importer
 * @throws Refused
 */
export function withBoundedReferences({ $defs = {}, definitions = {}, ...root }: JsonObject): JsonObject {
  const sources = { $defs, definitions } as Readonly<Record<(typeof DEFINITIONS)[number], JsonObject>>;
  const known: Definitions = new Map(
    DEFINITIONS.flatMap((keyword) =>
      Object.entries(sources[keyword]).map(([name, schema]) => [`#/${keyword}/${name}`, schema as JsonObject]),
    ),
  );
  const bounded = isTangled(root, known) ? withoutCircles(root, known) : { root, known };
  if (locationsOf(bounded.root, bounded.known, new Map()) > LOCATIONS_MAX)
    throw new Refused('leads to too many places');
  const kept = DEFINITIONS.flatMap((keyword) => {
    const names = Object.keys(sources[keyword]);
    const named = names.map((name) => [name, bounded.known.get(`#/${keyword}/${name}`) ?? {}] as const);
    return named.length > 0 ? [[keyword, Object.fromEntries(named)] as const] : [];
  });
  return { ...bounded.root, ...Object.fromEntries(kept) };
}

/** Whether two alternatives lead into a cycle, or a cycle does not descend into the value. */
function isTangled(root: JsonObject, known: Definitions): boolean {
  const reached = closure(new Map([...known].map(([name, schema]) => [name, referencesIn(schema, false)])));
  const atOnce = closure(new Map([...known].map(([name, schema]) => [name, referencesIn(schema, true)])));
  if ([...atOnce].some(([name, others]) => others.has(name))) return true;
  const circular = new Set([...reached].flatMap(([name, others]) => (others.has(name) ? [name] : [])));
  const leads = (place: JsonObject) =>
    [...referencesIn(place, false)].some(
      (name) => circular.has(name) || [...(reached.get(name) ?? [])].some((other) => circular.has(other)),
    );
  const forks = (place: JsonObject): boolean => {
    const ways = COMBINED.flatMap((keyword) => listOf(place[keyword])).filter(leads);
    return ways.length > 1 || locationsIn(place).some(forks);
  };
  return circular.size > 0 && [root, ...known.values()].some(forks);
}

/** @param inPlace only references that are followed without descending into the value */
function referencesIn(place: JsonObject, inPlace: boolean, found = new Set<string>()): ReadonlySet<string> {
  const { $ref: reference } = place;
  if (typeof reference === 'string') found.add(reference);
  const inner = inPlace ? COMBINED.flatMap((keyword) => listOf(place[keyword])) : locationsIn(place);
  for (const one of inner) referencesIn(one, inPlace, found);
  return found;
}

function closure(direct: ReadonlyMap<string, ReadonlySet<string>>): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    Array.from(direct.keys(), (start) => {
      const reached = new Set<string>(direct.get(start));
      // A set also iterates over elements added during the iteration.
      for (const name of reached) for (const next of direct.get(name) ?? []) reached.add(next);
      return [start, reached];
    }),
  );
}

/** Follows every definition once, depth first. Drops a reference to a definition that is being followed, which would close a cycle. */
function withoutCircles(root: JsonObject, sources: Definitions): { root: JsonObject; known: Definitions } {
  const known = new Map<string, JsonObject>();
  const followed = new Set<string>();
  const follow = (reference: string): void => {
    const schema = sources.get(reference);
    if (!schema || known.has(reference)) return;
    followed.add(reference);
    known.set(reference, visit(schema));
    followed.delete(reference);
  };
  const visit: Visit = (place) => {
    const { $ref: reference } = place;
    if (typeof reference !== 'string') return eachLocation(place, visit);
    if (followed.has(reference)) return { description: `Again as in ${reference}.` };
    follow(reference);
    return place;
  };
  const visited = visit(root);
  for (const reference of sources.keys()) follow(reference);
  return { root: visited, known };
}

/** @param counted locations of the definitions so far. A reference that closes a cycle belongs to the next level and counts there. */
function locationsOf(place: JsonObject, known: Definitions, counted: Map<string, number>): number {
  const { $ref: reference } = place;
  if (typeof reference !== 'string') {
    return locationsIn(place).reduce((sum, inner) => sum + locationsOf(inner, known, counted), 1);
  }
  const before = counted.get(reference);
  if (before !== undefined) return before + 1;
  counted.set(reference, 0);
  const definition = known.get(reference);
  const places = definition ? locationsOf(definition, known, counted) : 0;
  counted.set(reference, places);
  return places + 1;
}

function locationsIn(schema: JsonObject): JsonObject[] {
  const places: JsonObject[] = [];
  eachLocation(schema, (inner) => {
    places.push(inner);
    return inner;
  });
  return places;
}

/** The same schema with `change` applied to every location. */
function eachLocation(schema: JsonObject, change: Visit): JsonObject {
  const changed = (inner: Json): Json => (isObject(inner) ? change(inner) : inner);
  const { properties } = schema;
  const lists = COMBINED.flatMap((keyword) =>
    Array.isArray(schema[keyword]) ? [[keyword, listOf(schema[keyword]).map(changed)] as const] : [],
  );
  const single = (['items', 'additionalProperties'] as const).flatMap((keyword) => {
    const inner = schema[keyword];
    return inner === undefined ? [] : [[keyword, changed(inner)] as const];
  });
  return {
    ...schema,
    ...Object.fromEntries([...lists, ...single]),
    ...(isObject(properties) && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, changed(inner)])),
    }),
  };
}

function listOf(parts: Json | undefined): JsonObject[] {
  return Array.isArray(parts) ? (parts as JsonObject[]) : [];
}
