import type { JsonValue } from '../../text/json.source';

export type FieldKind = 'text' | 'lines' | 'number' | 'choice' | 'yesno' | 'json';

/** One argument of a tool, as a field of a form. */
export interface FormField {
  readonly name: string;
  readonly kind: FieldKind;
  readonly isRequired: boolean;
  readonly description: string;
  /** Of a choice. */
  readonly choices: readonly string[];
  /** Shown in the empty field. */
  readonly example: string;
}

export interface FormArgs {
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Fields whose text is not a value of their kind. */
  readonly unreadable: readonly string[];
}

/** A text of more characters than this gets a field of several lines. */
const LINE_MAX_CHARS = 4_096;

/** The arguments of a JSON schema of type object, required ones first. A schema of any other form gives no field. */
export function fieldsOf(schema: unknown): FormField[] {
  const properties = recordOf(recordOf(schema)['properties']);
  const required = recordOf(schema)['required'];
  const needed = new Set(Array.isArray(required) ? required : []);
  const fields = Object.entries(properties).map(([name, property]) =>
    fieldOf(name, recordOf(property), needed.has(name)),
  );
  return [...fields.filter(({ isRequired }) => isRequired), ...fields.filter(({ isRequired }) => !isRequired)];
}

/** The arguments that the texts of a form stand for. An empty optional field is left out. */
export function argsOf(fields: readonly FormField[], texts: Readonly<Record<string, string>>): FormArgs {
  const args: Record<string, JsonValue> = {};
  const unreadable: string[] = [];
  for (const field of fields) {
    const text = texts[field.name] ?? '';
    const isText = field.kind === 'text' || field.kind === 'lines';
    if (text === '' && !(isText && field.isRequired)) continue;
    const value = valueOf(field, text);
    if (value === undefined) unreadable.push(field.name);
    else args[field.name] = value;
  }
  return { args, unreadable };
}

function fieldOf(name: string, schema: Readonly<Record<string, unknown>>, isRequired: boolean): FormField {
  const { description, examples } = schema;
  const choices = choicesOf(schema);
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return {
    name,
    kind: kindOf(schema, choices),
    isRequired,
    description: typeof description === 'string' ? description : '',
    choices,
    example: typeof example === 'string' ? example : example === undefined ? '' : JSON.stringify(example),
  };
}

function kindOf(schema: Readonly<Record<string, unknown>>, choices: readonly string[]): FieldKind {
  if (choices.length > 0) return 'choice';
  const { type, maxLength } = schema;
  switch (type) {
    case 'string':
      return typeof maxLength === 'number' && maxLength <= LINE_MAX_CHARS ? 'text' : 'lines';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'yesno';
    default:
      return 'json';
  }
}

/** Values of an `enum`, or of a union of constants; none unless all are texts. */
function choicesOf({ enum: values, anyOf }: Readonly<Record<string, unknown>>): string[] {
  const options: unknown[] = Array.isArray(values)
    ? values
    : Array.isArray(anyOf)
      ? anyOf.map((option) => recordOf(option)['const'])
      : [];
  return options.every((option) => typeof option === 'string') ? options : [];
}

function valueOf({ kind, choices }: FormField, text: string): JsonValue | undefined {
  switch (kind) {
    case 'text':
    case 'lines':
      return text;
    case 'choice':
      return choices.includes(text) ? text : undefined;
    case 'yesno':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    case 'number': {
      const number = Number(text);
      return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
    }
    case 'json':
      try {
        return JSON.parse(text) as JsonValue;
      } catch {
        return undefined;
      }
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
