import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@assent/contract';
import { schemaCheck, type ToolAdapter, type AnyToolFamily } from '@assent/tools';
import { hostOf } from '@assent/tools/testing';
import { docTables } from '../support/doc-tables';

const ADAPTERS = join(__dirname, '../../libs/adapters');

/** Settings under which every tool of a family is there. A family of foreign tools has none of its own. */
const SETTINGS: Readonly<Record<string, JsonObject | null>> = {
  file: {},
  http: { hosts: ['api.example.com'] },
  mcp: null,
  shell: {
    programs: { ls: { effect: 'read' }, true: { effect: 'external' } },
    sandbox: 'off',
  },
  sql: { connections: { shop: { urlSecret: 'URL', executeUrlSecret: 'URL' } } },
};

/** Tools that docs/tools.md describes in text: their parameters are the same. */
const IN_TEXT = ['shell.read', 'shell.run'];

interface Schema {
  readonly required?: readonly string[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Every named parameter of a schema, with its path. */
function parametersOf({ properties = {}, items }: Schema, path = ''): [string, Schema][] {
  const own = Object.entries(properties).flatMap(([name, schema]): [string, Schema][] => [
    [`${path}/${name}`, schema],
    ...parametersOf(schema, `${path}/${name}`),
  ]);
  return items ? [...own, ...parametersOf(items, `${path}/0`)] : own;
}

describe('the tools that the server brings along', () => {
  const tools: ToolAdapter[] = [];
  const stops: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    for (const name of readdirSync(ADAPTERS)) {
      const settings = SETTINGS[name];
      if (settings === null) continue;
      // Families are found by their file, as the server finds them.
      const { family } = (await import(join(ADAPTERS, name, 'src', `${name}.family`))) as { family: AnyToolFamily };
      for (const made of await family.create(settings ?? {}, hostOf({ URL: 'postgres://user@localhost/shop' }))) {
        if (!('tools' in made)) {
          tools.push(made);
          continue;
        }
        await made.start();
        stops.push(() => made.stop());
        tools.push(...made.tools());
      }
    }
  });
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
  });

  it('are those of the documentation', () => {
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'file.delete',
      'file.edit',
      'file.list',
      'file.move',
      'file.patch',
      'file.patch_many',
      'file.read',
      'file.search',
      'file.write',
      'http.get',
      'http.request',
      'shell.read',
      'shell.run',
      'sql.execute',
      'sql.query',
    ]);
  });

  it('have the effects and parameters that docs/tools.md lists', () => {
    const documented = docTables('tools.md', 'tool', 'effect', 'arguments', 'what it does');
    const given = tools
      .filter(({ name }) => !IN_TEXT.includes(name))
      .map(({ name, effect, inputSchema }) => {
        const { properties = {}, required = [] } = inputSchema as Schema;
        return [
          name,
          effect,
          Object.keys(properties)
            .map((key) => (required.includes(key) ? key : `${key}?`))
            .sort(),
        ];
      });
    expect(documented.map(([name, effect, args = '']) => [name, effect, args.split(', ').sort()]).sort()).toEqual(
      given.sort(),
    );
  });

  it('describe each parameter, and give an example of it that its schema takes', () => {
    const faults = tools.flatMap(({ name, inputSchema }) =>
      parametersOf(inputSchema as Schema).flatMap(([path, schema]) => {
        const { description = '', examples = [] } = schema;
        const at = `${name} ${path}`;
        const check = schemaCheck(schema);
        return [
          ...(description.length < 10 ? [`${at} has no description`] : []),
          ...(examples.length === 0 ? [`${at} has no example`] : []),
          ...(examples.every((example) => check(example).ok) ? [] : [`${at} has an example that it refuses`]),
        ];
      }),
    );
    expect(faults).toEqual([]);
  });

  it('say in a sentence what they do', () => {
    expect(tools.filter(({ description }) => !/^[A-Z].{30,}\.$/s.test(description)).map(({ name }) => name)).toEqual(
      [],
    );
  });
});
