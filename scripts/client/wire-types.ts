import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as contract from '../../libs/contract/src';
import * as input from '../../libs/contract/src/planner-input';
import * as rationale from '../../libs/contract/src/planner-rationale';
import * as tree from '../../libs/contract/src/planner-tree';

/** The parts of JSON schema that the contract uses. */
interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

const HEADER = `/** The types of the wire, generated from the schemas of the server's contract. */
`;

/** The types that the contract builds from the tables, unchanged. */
const FROM_TABLES = `
export type FrameType = keyof FrameBodies;
export type FrameBody<T extends FrameType> = FrameBodies[T];
export type MethodName = keyof Methods;
export type MethodParams<M extends MethodName> = Methods[M]['params'];
export type MethodResult<M extends MethodName> = Methods[M]['result'];
`;

/** The head of a frame and the union, as written in the contract. */
function frameTypes(): string {
  const source = readFileSync(join(__dirname, '../../libs/contract/src/frame.ts'), 'utf8');
  const [types] = /\/\*\* What every frame carries[^]+?export type Frame = .+;\n/.exec(source) ?? [];
  if (types === undefined) throw new Error('libs/contract/src/frame.ts does not declare FrameHead and Frame.');
  return types;
}

/** Names by the text of their schema. */
const names = new Map<string, string>();
/** Schemas that the contract exports as `NameSchema`, once each. */
const named = Object.entries(
  Object.fromEntries(
    [input, rationale, tree, contract]
      .flatMap((module): [string, unknown][] => Object.entries(module))
      .flatMap(([name, schema]) =>
        /^[A-Z]\w+Schema$/.test(name) && isSchema(schema) ? [[name.slice(0, -6), schema]] : [],
      ),
  ) as Readonly<Record<string, Schema>>,
);

/** The module of types that is published with the client. */
export function wireTypes(): string {
  names.clear();
  for (const [name, schema] of named) if (schema.properties ?? schema.anyOf) names.set(textOf(schema), name);
  const lists = { RunState: contract.RUN_STATES, ApprovalState: contract.APPROVAL_STATES };
  return [
    HEADER,
    ...Object.entries(lists).map(([name, values]) => `export type ${name} = ${unionOf(values)};`),
    ...named
      .filter(([name]) => !['Frame'].includes(name))
      .map(([name, schema]) => `${docOf(schema, '')}export type ${name} = ${typeOf(schema, '', name)};`),
    `export interface FrameBodies {\n${entries(contract.FRAME_BODIES, (schema) => typeOf(schema, '  '))}}`,
    `export interface Methods {\n${methods()}}`,
    FROM_TABLES,
    frameTypes(),
  ].join('\n\n');
}

function methods(): string {
  return Object.entries(contract.METHODS)
    .map(([name, { summary, params, result }]) => {
      const face = `params: ${typeOf(params as Schema, '    ')};\n    result: ${typeOf(result as Schema, '    ')};`;
      return `  /** ${summary} */\n  '${name}': {\n    ${face}\n  };\n`;
    })
    .join('');
}

function entries(schemas: Readonly<Record<string, Schema>>, type: (schema: Schema) => string): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `  '${name}': ${type(schema)};\n`)
    .join('');
}

/** @param self the name that is being declared, whose definition is written out */
function typeOf(schema: Schema, indent: string, self?: string): string {
  const name = names.get(textOf(schema));
  if (name !== undefined && name !== self) return name;
  if (schema.$ref !== undefined) return schema.$ref;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return unionOf(schema.enum);
  if (schema.anyOf) return schema.anyOf.map((part) => typeOf(part, indent)).join(' | ');
  switch (schema.type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return schema.type;
    case 'integer':
      return 'number';
    case 'array':
      return arrayOf(schema.items, indent);
    case 'object':
      return objectOf(schema, indent);
    default:
      return 'unknown';
  }
}

function arrayOf(items: Schema['items'], indent: string): string {
  if (Array.isArray(items)) return `[${(items as Schema[]).map((item) => typeOf(item, indent)).join(', ')}]`;
  const item = (items ?? {}) as Schema;
  const type = typeOf(item, indent);
  const isUnion = (item.anyOf ?? item.enum) !== undefined && type.includes(' | ');
  return isUnion ? `(${type})[]` : `${type}[]`;
}

function objectOf({ properties, patternProperties, required = [] }: Schema, indent: string): string {
  if (patternProperties) {
    const values = Object.values(patternProperties).map((value) => typeOf(value, indent));
    return `Record<string, ${values.join(' | ')}>`;
  }
  const inner = `${indent}  `;
  const lines = Object.entries(properties ?? {}).map(([key, schema]) => {
    const optional = required.includes(key) ? '' : '?';
    return `${docOf(schema, inner)}${inner}${/^\w+$/.test(key) ? key : `'${key}'`}${optional}: ${typeOf(schema, inner)};\n`;
  });
  return lines.length === 0 ? '{}' : `{\n${lines.join('')}${indent}}`;
}

function docOf({ description }: Schema, indent: string): string {
  return description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '*\\/')} */\n`;
}

function unionOf(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(' | ');
}

/** Equal for the same schema, optional or not. */
function textOf(schema: Schema): string {
  return JSON.stringify(schema);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value);
}
