import type { Json, JsonObject } from '@assent/contract';
import { isObject } from '@assent/tools';

/** Keywords of JSON Schema that restrict values, by what their value holds. */
const VALUES = new Set([
  ...['$ref', '$schema', '$id', '$anchor', 'type', 'enum', 'const', 'required', 'dependentRequired', 'nullable'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'pattern'],
  ...['format', 'minItems', 'maxItems', 'uniqueItems', 'minContains', 'maxContains', 'minProperties', 'maxProperties'],
]);
const SCHEMAS = new Set([
  ...['items', 'additionalItems', 'unevaluatedItems', 'contains', 'additionalProperties', 'unevaluatedProperties'],
  ...['propertyNames', 'not', 'if', 'then', 'else', 'allOf', 'anyOf', 'oneOf', 'prefixItems'],
]);
const SCHEMAS_BY_NAME = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']);

/**
 * A schema without its annotations (`title`, `description`, `default`, `examples`) and unknown keywords, whose texts would
 * reach a model. All known restrictions of values stay.
 */
export function shapeOf(schema: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): [string, Json][] => {
      if (VALUES.has(keyword)) return [[keyword, value]];
      if (SCHEMAS.has(keyword)) return [[keyword, Array.isArray(value) ? value.map(shapeIn) : shapeIn(value)]];
      if (!SCHEMAS_BY_NAME.has(keyword) || !isObject(value)) return [];
      return [[keyword, Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shapeIn(each)]))]];
    }),
  );
}

/** `true` and `false` are schemas too. */
function shapeIn(value: Json): Json {
  return isObject(value) ? shapeOf(value) : value;
}
