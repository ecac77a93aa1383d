import fc from 'fast-check';
import type { JsonObject } from '@assent/contract';
import { schemaCheck } from '@assent/tools';
import { localArgument, localName, remoteArgument, remoteName } from './mcp-name';
import { importSchema } from './mcp-schema';

const imported = (schema: object): JsonObject => {
  const result = importSchema(schema);
  if (!result.ok) throw new Error(result.problem);
  return result.schema;
};
const accepts = (schema: object, args: unknown) => schemaCheck(imported(schema))(args).ok;

describe('names of MCP tools', () => {
  it('lead back to the tool, are what the registry takes, and are never the same for two', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 20 }),
          fc.constantFrom('_x2f_', 'a_x', '__x5f_x', 'a.b', 'A/b'),
        ),
        (a, b) => {
          const [first, second] = [localName('s-1', a), localName('s-1', b)];
          if (first !== null) {
            expect(first).toMatch(/^[a-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/);
            expect(remoteName(first)).toEqual({ server: 's-1', tool: a });
          }
          expect(first !== null && first === second).toBe(first !== null && a === b);
        },
      ),
    );
  });

  it.each([
    ['get_file-2', 'mcp.s.get_file-2'],
    ['getFile', 'mcp.s.getFile'],
    ['a.b', 'mcp.s.a_x2e_b'],
    ['a/*', 'mcp.s.a_x2f__x2a_'],
    ['_x2f_', 'mcp.s._x5f_x2f_'],
  ])('%s is %s', (tool, name) => {
    expect(localName('s', tool)).toBe(name);
  });

  it('are missing for an empty, too long or broken name', () => {
    expect([localName('s', ''), localName('s', 'a'.repeat(129)), localName('s', '\ud800')]).toEqual([null, null, null]);
    for (const name of ['file.read', 'mcp.s', 'mcp.s._x61_', 'mcp.s._xffffff_', 'mcp.s.a/b']) {
      expect(remoteName(name)).toBeNull();
    }
  });

  it('keep arguments called path from being taken for paths of the workspace', () => {
    for (const name of ['path', 'remote_path', 'remote_remote_path', 'paths', 'remote', 'my_path']) {
      expect(remoteArgument(localArgument(name))).toBe(name);
      expect(localArgument(name)).not.toBe('path');
    }
    expect(imported({ type: 'object', properties: { path: { type: 'string' } }, required: ['path'] })).toMatchObject({
      properties: { remote_path: { type: 'string' } },
      required: ['remote_path'],
    });
  });
});

describe('schemas of MCP tools', () => {
  it('come out closed and bounded', () => {
    expect(
      imported({
        $schema: 'http://json-schema.org/draft-07/schema#',
        type: 'object',
        properties: {
          text: { type: 'string', description: 'Some text', format: 'email', pattern: '(a+)+$' },
          count: { type: 'integer', minimum: 1, 'x-other': 1 },
          tags: { type: 'array', items: { type: 'string', maxLength: 5 } },
        },
        required: ['text'],
      }),
    ).toEqual({
      type: 'object',
      properties: {
        text: { type: 'string', maxLength: 1_048_576, description: 'Some text · pattern: (a+)+$ · format: email' },
        count: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
        tags: { type: 'array', items: { type: 'string', maxLength: 5 }, maxItems: 10_000 },
      },
      required: ['text'],
      additionalProperties: false,
    });
  });

  it.each<[string, object, unknown, unknown]>([
    ['several types', { a: { type: ['string', 'null'] } }, { a: null }, { a: 1 }],
    ['anyOf', { a: { anyOf: [{ type: 'string' }, { type: 'number' }] } }, { a: 1 }, { a: true }],
    ['const', { a: { const: 'x' } }, { a: 'x' }, { a: 'y' }],
    ['enum', { a: { type: 'string', enum: ['x', 'y', 'x'] } }, { a: 'y' }, { a: 'z' }],
    [
      'a tuple',
      { a: { type: 'array', items: [{ type: 'string' }], additionalItems: false } },
      { a: ['x'] },
      { a: 'x' },
    ],
    ['a map', { a: { type: 'object', additionalProperties: { type: 'number' } } }, { a: { b: 1 } }, { a: { b: 'x' } }],
    ['no type', { a: { properties: { b: { type: 'number' } } } }, { a: { b: 1 } }, { a: { b: 'x' } }],
    ['anything', { a: {} }, { a: [1, 'x'] }, { b: 1 }],
    ['nothing', { a: false }, {}, { a: 1 }],
  ])('keep their meaning: %s', (_, properties, good, bad) => {
    expect(accepts({ type: 'object', properties }, good)).toBe(true);
    expect(accepts({ type: 'object', properties }, bad)).toBe(false);
  });

  it('keep references to their own definitions, through a loop too', () => {
    for (const keyword of ['$defs', 'definitions']) {
      const node = { type: 'object', properties: { next: { $ref: `#/${keyword}/node` }, n: { type: 'number' } } };
      const schema = { type: 'object', properties: { a: { $ref: `#/${keyword}/node` } }, [keyword]: { node } };
      expect(accepts(schema, { a: { next: { next: { n: 1 } } } })).toBe(true);
      expect(accepts(schema, { a: { next: { next: { n: 'x' } } } })).toBe(false);
    }
  });

  it.each(['anyOf', 'oneOf', 'allOf'])('are checked in bounded time for any references: %s', (keyword) => {
    const both = (name: string) => ({ [keyword]: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }] });
    const chain = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`d${n + 1}`, both(`d${n}`)]));
    const a = { $ref: '#/$defs/d200' };
    expect(importSchema({ type: 'object', properties: { a }, $defs: { d0: { type: 'string' }, ...chain } })).toEqual({
      ok: false,
      problem: 'leads to too many places',
    });
    // Two references at each level of the value.
    const twice = { [keyword]: [1, 2].map(() => ({ type: 'object', properties: { x: { $ref: '#/$defs/twice' } } })) };
    const round = { [keyword]: [{ $ref: '#/$defs/round' }] };
    const properties = { a: { $ref: '#/$defs/twice' }, b: { $ref: '#/$defs/round' } };
    const check = schemaCheck(imported({ type: 'object', properties, $defs: { twice, round } }));
    const deep = JSON.parse(`${'{"x":'.repeat(500)}1${'}'.repeat(500)}`) as unknown;
    expect(check({ a: deep, b: deep }).ok).toBe(keyword !== 'oneOf');
  });

  it.each<[string, object | string, string]>([
    ['no object', { type: 'string' }, 'does not describe an object'],
    [
      'a reference outwards',
      { type: 'object', properties: { a: { $ref: 'http://x/y' } } },
      'refers to something other',
    ],
    ['a reference to nothing', { type: 'object', properties: { a: { $ref: '#/$defs/no' } } }, 'can be checked here'],
    ['an invalid type', { type: 'object', properties: { a: { type: 'text' } } }, 'names a type that does not exist'],
    ['too much', { type: 'object', description: 'x'.repeat(70_000) }, 'is longer than'],
    [
      'a name that means something',
      JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}') as object,
      'a name that is not accepted',
    ],
    [
      'too deep',
      {
        type: 'object',
        properties: { a: Array.from({ length: 20 }).reduce<object>((items) => ({ type: 'array', items }), {}) },
      },
      'nested too deep',
    ],
  ])('are refused with the reason: %s', (_, schema, problem) => {
    expect(importSchema(schema)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  it('are either refused or accepted by the strict check, for any input', () => {
    const keyword = fc.constantFrom(
      ...['type', 'properties', 'required', 'items', 'enum', 'const', 'anyOf', 'allOf', '$ref', '$defs', 'minimum'],
      ...['maxLength', 'pattern', 'additionalProperties', 'patternProperties', 'default', 'if', '$id', '__proto__'],
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('string', 'object', 'array', 'null', '#/$defs/a', 'a', true, false, null, 0, -1, 1.5),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(keyword, fc.constantFrom('a', 'b', 'path')), tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.dictionary(keyword, value, { maxKeys: 5 }), (rest) => {
        const result = importSchema({ ...rest, type: 'object' });
        if (result.ok) schemaCheck(result.schema);
      }),
      { numRuns: 500 },
    );
  });
});
