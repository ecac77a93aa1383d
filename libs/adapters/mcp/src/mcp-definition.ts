import type { Json, JsonObject } from '@assent/contract';
import { contentHashOf } from '@assent/platform';

/** What a model and the guard go by; another order of the same properties is the same definition. */
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
