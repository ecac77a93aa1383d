import type { Json, JsonObject } from '@assent/contract';
import { schemaCheck, isObject, Refused, SchemaImporter } from '@assent/tools';
import { localArgument } from './mcp-name';
import { withBoundedReferences } from './schema-references';

const SCHEMA_MAX_CHARS = 65_536;

export type ImportedSchema =
  | { readonly ok: true; readonly schema: JsonObject }
  /** `problem` continues the sentence "its input schema ...". */
  | { readonly ok: false; readonly problem: string };

/**
 * Rewrites the input schema of a foreign tool into the form that our strict check accepts: one type at each location, every
 * string and list bounded, no remote references. Omits unknown keywords, and `pattern`, whose expressions would run here (ReDoS).
 * Omitted keywords become hints in the description: the server checks its arguments itself, so our schema may be wider. At the
 * top level, properties that are not named are refused unless the server allows them.
 */
export function importSchema(remote: unknown): ImportedSchema {
  try {
    if (JSON.stringify(remote).length > SCHEMA_MAX_CHARS)
      throw new Refused(`is longer than ${SCHEMA_MAX_CHARS} characters`);
    if (!isObject(remote) || remote['type'] !== 'object') throw new Refused('does not describe an object');
    const importer = new SchemaImporter();
    const written = { ...importer.ofType(remote, 'object', 0), ...importer.definitions(remote) };
    const { properties = {}, required, ...rest } = withBoundedReferences(written);
    const schema: JsonObject = {
      ...rest,
      properties: renamed(properties),
      ...(required !== undefined && { required: (required as readonly string[]).map(localArgument) }),
      additionalProperties: rest['additionalProperties'] ?? false,
    };
    schemaCheck(schema);
    return { ok: true, schema };
  } catch (thrown) {
    if (thrown instanceof Refused) return { ok: false, problem: thrown.message };
    return { ok: false, problem: 'is not one that can be checked here' };
  }
}

function renamed(properties: Json): JsonObject {
  return Object.fromEntries(
    Object.entries(properties as JsonObject).map(([name, schema]) => [localArgument(name), schema]),
  );
}
