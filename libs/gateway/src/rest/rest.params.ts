import type { TSchema } from '@sinclair/typebox';
import { AssentError, Uuid, type MethodRow, type RestFace } from '@assent/contract';
import { wireCheck, wireMatch } from '../wire.schema';
import { hashFromIfMatch } from './if-match';

/** The parts of a request that contain params. */
export interface RestRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: { readonly 'if-match'?: string | undefined };
}

/** The location of an operation's params in a REST request. */
export interface ParamPlaces {
  /** Path placeholders with their params. */
  readonly path: readonly { readonly placeholder: string; readonly name: string; readonly schema: TSchema }[];
  readonly isQuery: boolean;
  /** The remaining params, given neither by the path, `If-Match` nor the route itself. They come from the query or the body. */
  readonly rest: TSchema & { readonly properties: Readonly<Record<string, TSchema>>; readonly required: string[] };
}

/** Maximum length of an unknown id in an error, in characters. */
const SHOWN_CHARS = 64;

export function placesOf({ params }: MethodRow, face: RestFace): ParamPlaces {
  const { properties, required = [] } = params as TSchema & {
    properties: Record<string, TSchema>;
    required?: string[];
  };
  const path = [...face.path.matchAll(/\{(\w+)\}/g)].map(([, placeholder = '']) => {
    const name = placeholder === 'id' ? (face.id ?? placeholder) : placeholder;
    return { placeholder, name, schema: properties[name] ?? params };
  });
  const { ifMatch, fixed = {}, without = [] } = face;
  const given = new Set([...path.map(({ name }) => name), ifMatch, ...Object.keys(fixed), ...without]);
  const own = Object.entries(properties).filter(([name]) => !given.has(name));
  return {
    path,
    isQuery: face.verb === 'GET' || face.verb === 'DELETE',
    rest: {
      ...params,
      ...(face.openBody ? { additionalProperties: true } : {}),
      properties: Object.fromEntries(own),
      required: required.filter((name) => !given.has(name)),
    },
  };
}

/**
 * Compiles the reader of one REST route's params.
 * @returns reads them from a request; throws AssentError invalid (query, body), not_found (an id that cannot exist),
 * precondition_required or precondition_failed (If-Match), in this order
 */
export function paramsReader(row: MethodRow, face: RestFace): (request: RestRequest) => Record<string, unknown> {
  const { path, isQuery, rest } = placesOf(row, face);
  const check = wireCheck(rest, isQuery ? 'The query' : 'The body');
  const isTaken = Object.keys(rest.properties).length > 0;
  const ids = path.map((place) => ({ ...place, matches: wireMatch(place.schema) }));

  const readRest = ({ query, body }: RestRequest): object => {
    if (!isTaken) return {};
    const value = isQuery ? fromQuery(rest.properties, query) : (body ?? {});
    return (face.shallowPointers ? atProperty(() => check(value)) : check(value)) as object;
  };
  return (request) => {
    const params: Record<string, unknown> = { ...readRest(request), ...face.fixed };
    for (const { placeholder, name, schema, matches } of ids) {
      const text = (request.params as Record<string, string>)[placeholder] ?? '';
      const id = fromText(schema, text);
      if (!matches(id)) throw unknownId(name, schema, text);
      params[name] = id;
    }
    if (face.ifMatch !== undefined) params[face.ifMatch] = hashFromIfMatch(request.headers['if-match']);
    return params;
  };
}

function fromQuery(properties: Readonly<Record<string, TSchema>>, query: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries((query ?? {}) as Record<string, unknown>).map(([name, value]) => [
      name,
      // A repeated name gives a list, which no query param accepts.
      typeof value === 'string' ? fromText(properties[name], value) : value,
    ]),
  );
}

/** Converts text of the address. A UUID may be in upper case. */
function fromText(schema: TSchema | undefined, text: string): unknown {
  if (schema?.['type'] === 'integer') return Number(text);
  if (schema?.['type'] === 'boolean' && /^(?:true|false)$/.test(text)) return text === 'true';
  return schema?.['pattern'] === Uuid.pattern ? text.toLowerCase() : text;
}

/** Runs a check and shortens error pointers to the property of the body. */
export function atProperty<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof AssentError)) throw error;
    const { pointer = '' } = error.details;
    throw new AssentError(error.reason, error.message, { pointer: pointer.split('/').slice(0, 2).join('/') });
  }
}

/** An impossible id gets the same error as an unknown one. */
function unknownId(name: string, schema: TSchema, text: string): AssentError {
  const noun = name.replace(/Id$/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const values = schema['enum'] as readonly string[] | undefined;
  const hint = values ? `use one of ${values.join(', ')}` : 'this is not a valid id. Check the address';
  return new AssentError('not_found', `There is no ${noun} ${JSON.stringify(text.slice(0, SHOWN_CHARS))}: ${hint}.`);
}
