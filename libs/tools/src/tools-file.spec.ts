import { Type } from '@sinclair/typebox';
import { closed } from '@assent/contract';
import type { ReadAdapter, ToolFamily } from './tool-adapter.port';
import { hostOf } from './testing/tool-host';
import { useWorkspace } from './testing/temp-workspace';
import { createTools, readToolsFile, secretsNamedIn } from './tools-file';

const adapter = (name: string, url: string): ReadAdapter => ({
  name,
  description: url,
  effect: 'read',
  inputSchema: closed({}),
  effort: 1,
  idempotent: true,
  deadlineMs: 1_000,
  run: () => Promise.resolve({}),
});

const families: readonly ToolFamily[] = [
  { section: 'always', settingsSchema: closed({}), create: () => [adapter('always.there', '')] },
  {
    section: 'sql',
    settingsSchema: closed({ databases: Type.Optional(Type.Record(Type.String(), closed({ url: Type.String() }))) }),
    create: (settings, host) =>
      Object.entries((settings['databases'] ?? {}) as Record<string, { url: string }>).map(([name, { url }]) =>
        adapter(`sql.${name}`, host.secret(url)),
      ),
  },
];
const made = async (text: string) =>
  (await createTools(text, families, hostOf({ ORDERS_URL: 'postgres://orders' }))).map((tool) =>
    'name' in tool ? [tool.name, tool.description] : null,
  );

describe('createTools', () => {
  it('refuses a missing section that has to give something', async () => {
    const strict = { ...families[0], settingsSchema: closed({ url: Type.String() }) } as ToolFamily;
    await expect(createTools('{}', [strict], hostOf())).rejects.toThrow('section "always": url is required');
  });

  it('gives each family its section, or its defaults without one', async () => {
    expect(await made('{}')).toEqual([['always.there', '']]);
    expect(await made('{"sql":{"databases":{"orders":{"url":"ORDERS_URL"}}}}')).toEqual([
      ['always.there', ''],
      ['sql.orders', 'postgres://orders'],
    ]);
  });

  it.each([
    ['{', '', 'it is not JSON'],
    ['[]', '', 'it must be an object with a section for each family of tools'],
    ['{"slq":{}}', '/slq', 'there is no section "slq"; there are: always, sql'],
    ['{"a/b":{}}', '/a~1b', 'there is no section "a/b"'],
    ['{"always":{"x":1}}', '/always/x', 'section "always": x is not a known property'],
    ['{"sql":3}', '/sql', 'section "sql": it must be object'],
    ['{"sql":{"databases":{"a":{}}}}', '/sql/databases/a/url', 'section "sql": databases/a/url is required'],
    [
      '{"sql":{"databases":{"a":{"url":"MISSING"}}}}',
      '/sql',
      'section "sql": the environment variable MISSING is not set',
    ],
  ])('says where the mistake is: %s', async (text, pointer, problem) => {
    await expect(made(text)).rejects.toThrow(
      expect.objectContaining({
        reason: 'invalid',
        details: { pointer },
        message: expect.stringContaining(`The tools file (TOOLS_FILE): ${problem}`) as string,
      }) as Error,
    );
  });
});

describe('secretsNamedIn', () => {
  it('finds them at any depth', () => {
    const text = JSON.stringify({
      http: { headers: { 'https://a.org': { authorization: { secret: 'A_KEY', prefix: 'Bearer ' } } } },
      sql: { connections: { orders: { urlSecret: 'ORDERS_URL', name: 'NOT_THIS' } } },
      odd: { secret: 3, secretary: 'ANN' },
    });
    expect(secretsNamedIn(text)).toEqual(['A_KEY', 'ORDERS_URL']);
  });
});

describe('readToolsFile', () => {
  const folder = useWorkspace();

  it('reads the file, and uses defaults if it is missing', async () => {
    await folder.write('tools.json', '{"sql":{}}');
    expect([await readToolsFile(null), await readToolsFile(folder.at('tools.json'))]).toEqual(['{}', '{"sql":{}}']);
  });

  it('names no path of the machine when the file cannot be read', async () => {
    await expect(readToolsFile(folder.at('none.json'))).rejects.toMatchObject({
      reason: 'invalid',
      message:
        'The tools file (TOOLS_FILE): cannot be read: check that TOOLS_FILE exists and the server may read it. Correct it and start again.',
    });
  });
});
