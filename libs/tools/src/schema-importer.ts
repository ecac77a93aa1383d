import type { Json, JsonObject } from '@assent/contract';

const DEPTH_MAX = 16;
const NODES_MAX = 2_000;
const NAME_MAX_CHARS = 128;
/** Bounds for strings and lists whose schema gives none. */
const STRING_MAX_CHARS = 1_048_576;
const ITEMS_MAX = 10_000;
const HINT_MAX_CHARS = 200;

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'] as const;
type TypeName = (typeof TYPES)[number];

/** Keywords copied when their values have the right type, by the type they apply to. */
const KEYWORDS: Readonly<Record<TypeName, readonly string[]>> = {
  string: ['minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  boolean: [],
  object: ['minProperties', 'maxProperties'],
  array: ['minItems', 'maxItems', 'uniqueItems'],
  null: [],
};
/** Keywords that are copied once for a location with several types. */
const TEXT_KEYWORDS = ['title', 'description', 'default', 'pattern', 'format'];

/** A schema that cannot be used. The message continues the sentence "its input schema ...". */
export class Refused extends Error {}

/** Walks a schema of any draft and rewrites it location by location. */
export class SchemaImporter {
  private nodes = 0;

  definitions(remote: JsonObject): JsonObject {
    return Object.fromEntries(
      ['$defs', 'definitions'].flatMap((keyword) => {
        const held = remote[keyword];
        return isObject(held) ? [[keyword, this.each(held, 1)]] : [];
      }),
    );
  }

  /** Rewrites a location with a known type. */
  ofType(schema: JsonObject, type: TypeName, depth: number): JsonObject {
    const kept = KEYWORDS[type].flatMap((keyword) => {
      const value = schema[keyword];
      return typeof value === 'number' || typeof value === 'boolean' ? [[keyword, value] as const] : [];
    });
    return { ...annotations(schema), type, ...Object.fromEntries(kept), ...this.inside(schema, type, depth) };
  }

  private place(schema: Json | undefined, depth: number): JsonObject {
    this.nodes += 1;
    if (depth > DEPTH_MAX || this.nodes > NODES_MAX) throw new Refused('is nested too deep or too large');
    if (!isObject(schema)) return schema === false ? { not: {} } : {};
    const combined = this.combined(schema, depth);
    if (combined) return { ...annotations(schema), ...combined };
    const types = typesOf(schema);
    const [type] = types;
    if (type === undefined) return annotations(schema);
    if (types.length === 1) return this.ofType(schema, type, depth);
    return { ...annotations(schema), anyOf: types.map((one) => this.ofType(withoutText(schema), one, depth + 1)) };
  }

  /** Rewrites a location that has no type. */
  private combined(schema: JsonObject, depth: number): JsonObject | null {
    const { $ref: reference } = schema;
    if (reference !== undefined) {
      if (typeof reference !== 'string' || !/^#\/(\$defs|definitions)\/[^/%~]+$/.test(reference)) {
        throw new Refused('refers to something other than its own definitions');
      }
      return { $ref: reference };
    }
    if ('const' in schema) return { const: schema['const'] ?? null };
    if (Array.isArray(schema['enum']) && schema['enum'].length > 0)
      return { enum: [...new Set(schema['enum'] as Json[])] };
    for (const keyword of ['anyOf', 'oneOf', 'allOf'] as const) {
      const parts: unknown = schema[keyword];
      // Next to `properties` the keyword only narrows the value, and the server checks that as well.
      if (Array.isArray(parts) && parts.length > 0 && !('properties' in schema)) {
        return { [keyword]: (parts as Json[]).map((part) => this.place(part, depth + 1)) };
      }
    }
    return null;
  }

  private inside(schema: JsonObject, type: TypeName, depth: number): JsonObject {
    switch (type) {
      case 'object':
        return this.object(schema, depth);
      case 'array': {
        const { items } = schema;
        const isTuple = Array.isArray(items) || 'prefixItems' in schema;
        return {
          ...(isTuple || items === undefined ? {} : { items: this.place(items, depth + 1) }),
          maxItems: Math.min(numberOr(schema['maxItems'], ITEMS_MAX), ITEMS_MAX),
        };
      }
      case 'string':
        return { maxLength: Math.min(numberOr(schema['maxLength'], STRING_MAX_CHARS), STRING_MAX_CHARS) };
      case 'number':
      case 'integer':
        return {
          minimum: numberOr(schema['minimum'], Number.MIN_SAFE_INTEGER),
          maximum: numberOr(schema['maximum'], Number.MAX_SAFE_INTEGER),
        };
      case 'boolean':
      case 'null':
        return {};
    }
  }

  private object(schema: JsonObject, depth: number): JsonObject {
    const { properties, required, additionalProperties: others } = schema;
    const described = isObject(properties) ? this.each(properties, depth + 1) : {};
    const names = (Array.isArray(required) ? (required as Json[]) : []).filter((name) => typeof name === 'string');
    const undescribed = names
      .filter((name) => !Object.hasOwn(described, name))
      .map((name): [string, JsonObject] => [checkedName(name), {}]);
    const open = 'patternProperties' in schema || others === true;
    return {
      properties: { ...described, ...Object.fromEntries(undescribed) },
      ...(names.length > 0 && { required: [...new Set(names)] }),
      ...(open
        ? { additionalProperties: true }
        : others !== undefined && { additionalProperties: others === false ? false : this.place(others, depth + 1) }),
    };
  }

  private each(schemas: JsonObject, depth: number): JsonObject {
    return Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [checkedName(name), this.place(schema, depth)]),
    );
  }
}

/** Refuses names that are special to objects or contain hidden characters. */
function checkedName(name: string): string {
  const isSpecial = ['__proto__', 'constructor', 'prototype'].includes(name);
  if (isSpecial || name.length > NAME_MAX_CHARS || !name.isWellFormed() || /[\p{Cc}\p{Cf}]/u.test(name)) {
    throw new Refused(`has a property with a name that is not accepted`);
  }
  return name;
}

function typesOf(schema: JsonObject): TypeName[] {
  const { type } = schema;
  const named: readonly unknown[] = Array.isArray(type) ? type : type === undefined ? [] : [type];
  const known = TYPES.filter((one) => named.includes(one));
  if (named.length > 0) {
    if (known.length < new Set(named).size) throw new Refused('names a type that does not exist');
    return known;
  }
  if ('properties' in schema || 'required' in schema || 'additionalProperties' in schema) return ['object'];
  if ('items' in schema || 'prefixItems' in schema) return ['array'];
  return [];
}

function annotations(schema: JsonObject): JsonObject {
  const { title, description, default: preset, pattern, format } = schema;
  const hints = Object.entries({ pattern, format }).flatMap(([name, value]) =>
    typeof value === 'string' ? [`${name}: ${value.slice(0, HINT_MAX_CHARS)}`] : [],
  );
  const text = [...(typeof description === 'string' ? [description] : []), ...hints].join(' · ');
  return {
    ...(typeof title === 'string' && { title }),
    ...(text !== '' && { description: text }),
    ...(preset !== undefined && { default: preset }),
  };
}

function withoutText(schema: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !TEXT_KEYWORDS.includes(keyword)));
}

function numberOr(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
