import { Type } from '@sinclair/typebox';
import { compiled } from './schema';

const Row = Type.Object({ id: Type.String(), when: Type.Record(Type.String(), Type.Boolean()) });
const Node = Type.Recursive((This) => Type.Object({ sides: Type.Array(This) }), { $id: 'SchemaSpecNode' });
const Table = Type.Object({
  rows: Type.Array(Type.Object({ cells: Type.Array(Row) })),
  items: Type.Optional(Type.Object({ id: Type.String() })),
  root: Node,
});

it('checks the items of nested arrays, and points to the one that is wrong', () => {
  const check = compiled(Table);
  const table = (when: unknown) => ({
    rows: [{ cells: [{ id: 'a', when: {} }] }, { cells: [{ id: 'b', when }] }],
    root: { sides: [] },
  });

  expect(check(table({ holds: true }))).toBe(true);
  expect(check(table({ holds: 'yes' }))).toBe(false);
  expect(check.errors?.[0]?.instancePath).toBe('/rows/1/cells/0/when/holds');
});

it('checks a property named items as itself, and a recursive schema to any depth', () => {
  const check = compiled(Table);

  expect(check({ rows: [], items: { id: 'a' }, root: { sides: [{ sides: [] }] } })).toBe(true);
  expect(check({ rows: [], items: { id: 1 }, root: { sides: [] } })).toBe(false);
  expect(check({ rows: [], root: { sides: [{ sides: [{ sides: null }] }] } })).toBe(false);
  expect(check.errors?.[0]?.instancePath).toBe('/root/sides/0/sides/0/sides');
});

it('compiles a schema once', () => {
  expect(compiled(Row)).toBe(compiled(Row));
});
