import type { TSchema } from '@sinclair/typebox';
import { Ajv, type AnySchemaObject } from 'ajv';
import * as formats from 'ajv-formats';
import { ERROR_REASONS } from './errors';
import { METHODS, STARTING_METHODS, facesOf, isMethodName, type MethodName, type MethodRow } from './method';
import { SCOPES } from './principal';

const NAMES = Object.keys(METHODS) as MethodName[];
const row = (name: MethodName): MethodRow => METHODS[name];

// Shared by all rows: a new instance compiles the meta-schema again.
const strict = formats.default(new Ajv({ strict: true, allowUnionTypes: true }));
const lax = formats.default(new Ajv({ strict: false, allowUnionTypes: true, allErrors: true }));

describe('the names of methods', () => {
  it('are the rows of the table', () => {
    expect(Object.keys(METHODS).filter((name) => !isMethodName(name))).toEqual([]);
  });

  it.each([...Object.getOwnPropertyNames(Object.prototype), '', 'Start', 'no/such'])('do not include %p', (name) => {
    expect(isMethodName(name)).toBe(false);
  });

  it('that start something new are among them', () => {
    expect([...STARTING_METHODS].filter((name) => !isMethodName(name))).toEqual([]);
  });
});

describe.each(NAMES)('the row of %s', (name) => {
  const { params, result, scope, errors, summary } = row(name);

  it('has schemas that validators accept', () => {
    for (const schema of [params, result]) expect(() => strict.compile(schema)).not.toThrow();
  });

  it('refuses params that it does not know', () => {
    const validate = lax.compile(params as AnySchemaObject);
    expect(validate({ 'not a param': 1 })).toBe(false);
    const keywords = (validate.errors ?? []).map(({ keyword }) => keyword);
    expect(keywords).toContain('additionalProperties');
  });

  it('has a summary, a scope that exists and errors of the catalogue', () => {
    expect(summary).not.toBe('');
    if (scope !== null) expect(SCOPES).toContain(scope);
    expect(errors.filter((reason) => !Object.hasOwn(ERROR_REASONS, reason))).toEqual([]);
  });
});

describe('the REST face of a row', () => {
  const faces = Object.entries<MethodRow>(METHODS).flatMap(([name, row]) =>
    facesOf(row).map((face) => ({ name, row, face })),
  );
  const namesOf = (schema: TSchema): string[] => Object.keys((schema['properties'] as object | undefined) ?? {});

  it.each(faces)('of $name names params and properties that there are', ({ row, face }) => {
    const { path, id, ifMatch, etag, fixed = {}, without = [] } = face;
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => (name === 'id' ? (id ?? name) : name));
    const used = [...inPath, ...(ifMatch === undefined ? [] : [ifMatch]), ...Object.keys(fixed), ...without];
    expect(namesOf(row.params)).toEqual(expect.arrayContaining(used));
    expect(new Set(used).size).toBe(used.length);
    expect(namesOf(row.result)).toEqual(expect.arrayContaining(etag === undefined ? [] : [etag]));
  });

  it('has an address and an operation id of its own', () => {
    const addresses = faces.map(({ face }) => `${face.verb} ${face.path}`);
    expect(new Set(addresses).size).toBe(faces.length);
    expect(new Set(faces.map(({ face }) => face.operationId)).size).toBe(faces.length);
  });

  const examples = faces.flatMap(({ name, row, face }) =>
    [row.example, face.produces ? undefined : face.example].flatMap((example) =>
      example ? [{ name, row, example }] : [],
    ),
  );

  it.each(examples)('of $name has an example that its schemas accept', ({ row, example }) => {
    for (const [schema, value] of [
      [row.params, example.params],
      [row.result, example.result],
    ] as const) {
      const matches = lax.compile(schema);
      expect([matches(value), matches.errors]).toEqual([true, null]);
    }
  });

  it('has an example, its own or that of the row', () => {
    expect(faces.filter(({ row, face }) => !row.example && !face.example).map(({ name }) => name)).toEqual([]);
  });
});
