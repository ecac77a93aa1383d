import type { Json, JsonObject } from '@assent/contract';
import { contentHashOf } from '@assent/platform';

/** The part of a definition that models and the guard rely on. The order of properties does not matter. */
export interface McpDefinition extends JsonObject {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Json;
  readonly annotations: Json;
}

/** Hash of name, description, input schema and annotations. */
export function definitionHash({ name, description, inputSchema, annotations }: McpDefinition): string {
  return contentHashOf(JSON.stringify(ordered([name, description, inputSchema, annotations])));
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}
