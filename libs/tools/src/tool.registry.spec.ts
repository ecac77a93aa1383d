import { family } from '@assent/adapters/file';
import type { JsonObject } from '@assent/contract';
import type { ReadAdapter, ToolAdapter, ToolSource } from './tool-adapter.port';
import { hostOf } from './testing/tool-host';
import { ToolRegistry } from './tool.registry';

const host = () => hostOf();
const FILE_TOOLS = family.create({}, host()) as ToolAdapter[];

const tool = (name: string, inputSchema: object = { type: 'object' }): ReadAdapter => ({
  name,
  description: 'Does nothing.',
  effect: 'read',
  inputSchema: { ...inputSchema },
  effort: 1,
  idempotent: true,
  deadlineMs: 1_000,
  run: () => Promise.resolve({}),
});

class FakeSource implements ToolSource {
  offered: ToolAdapter[] = [];
  start = () => Promise.resolve();
  stop = () => Promise.resolve();
  tools = () => this.offered;
}

describe('ToolRegistry', () => {
  const registry = new ToolRegistry(FILE_TOOLS, [], host().log);

  it('knows the tools in their order', () => {
    expect(registry.list()).toEqual(FILE_TOOLS);
    expect(registry.list().map(({ name }) => name)).toEqual(
      expect.arrayContaining(['file.list', 'file.read', 'file.search', 'file.write', 'file.patch']),
    );
  });

  it('refuses two tools of one name', () => {
    expect(() => new ToolRegistry([...FILE_TOOLS, ...FILE_TOOLS.slice(0, 1)], [], host().log)).toThrow(
      'Two tools have the same name.',
    );
  });

  it('names the tools there are when asked for another', () => {
    expect(() => registry.get('shell.run')).toThrow(
      expect.objectContaining({
        reason: 'invalid',
        details: { pointer: '/tool' },
        message: expect.stringContaining('file.list, file.read') as string,
      }) as Error,
    );
  });

  it.each<[string, JsonObject, string, string]>([
    ['file.read', {}, '/args/path', '"args/path" is required'],
    ['file.read', { path: 3 }, '/args/path', '"args/path" must be string'],
    ['file.read', { path: 'a', limit: 0 }, '/args/limit', '"args/limit" must be >= 1'],
    ['file.read', { path: 'a', offset: 1.5 }, '/args/offset', '"args/offset" must be integer'],
    ['file.read', { path: 'a', 'x/y~z': 1 }, '/args/x~1y~0z', 'is not a known property'],
    ['file.read', { path: '../x' }, '/args/path', 'contains "." or ".."'],
    ['file.list', { path: '/etc' }, '/args/path', 'is absolute'],
    ['file.write', { path: 'a' }, '/args/content', '"args/content" is required'],
    ['file.search', { query: 'a\nb' }, '/args/query', '"args/query" must match pattern'],
    ['file.patch', { path: 'a', patch: '' }, '/args/patch', 'must NOT have fewer than 1 characters'],
    [
      'file.read',
      JSON.parse('{"path":"a","__proto__":{"limit":1}}') as JsonObject,
      '/args/__proto__',
      'is not a known property',
    ],
  ])('refuses %s %j', (name, args, pointer, text) => {
    expect(() => {
      registry.checkArgs(name, args);
    }).toThrow(
      expect.objectContaining({
        reason: 'invalid',
        details: { pointer },
        message: expect.stringContaining(text) as string,
      }) as Error,
    );
  });

  it('accepts a missing path, and "." for the root', () => {
    expect(() => {
      registry.checkArgs('file.list', {});
    }).not.toThrow();
    expect(() => {
      registry.checkArgs('file.list', { path: '.' });
    }).not.toThrow();
  });

  it('gives every tool a closed schema, a description, a cost and a deadline', () => {
    for (const { name, description, inputSchema, effort, deadlineMs } of FILE_TOOLS) {
      expect({ name, closed: inputSchema['additionalProperties'] }).toEqual({ name, closed: false });
      expect(Math.min(description.length, effort, deadlineMs)).toBeGreaterThan(0);
    }
  });
});

describe('ToolRegistry with the tools of a client', () => {
  it('compiles nothing of the server again, and offers both', () => {
    let compiled = 0;
    const counted = { ...tool('own.one') };
    Object.defineProperty(counted, 'inputSchema', {
      enumerable: true,
      get: () => {
        compiled += 1;
        return { type: 'object' };
      },
    });
    const source = new FakeSource();
    source.offered = [tool('mcp.a.b')];
    const registry = new ToolRegistry([counted], [source], host().log);
    const both = registry.with([tool('client.one')]);
    expect(both.list().map(({ name }) => name)).toEqual(['own.one', 'client.one', 'mcp.a.b']);
    expect(registry.find('client.one')).toBeUndefined();
    expect(compiled).toBe(1);
    expect(() => both.with([tool('own.one')])).toThrow('Two tools have the same name.');
  });
});

describe('ToolRegistry with tools that come and go', () => {
  const open = (...sources: ToolSource[]) => {
    const lent = host();
    return { registry: new ToolRegistry(FILE_TOOLS, sources, lent.log), lines: lent.lines };
  };

  it('has a tool exactly as long as its source offers it', () => {
    const source = new FakeSource();
    const { registry } = open(source);
    const echo = tool('mcp.every.echo');
    expect(registry.find('mcp.every.echo')).toBeUndefined();
    source.offered = [echo];
    expect(registry.get('mcp.every.echo')).toBe(echo);
    expect(registry.list()).toEqual([...FILE_TOOLS, echo]);
    source.offered = [];
    expect(() => registry.get('mcp.every.echo')).toThrow('There is no tool "mcp.every.echo"');
  });

  it('refuses a name that is taken, and says so once', () => {
    const [first, second] = [new FakeSource(), new FakeSource()];
    const { registry, lines } = open(first, second);
    const original = tool('mcp.a.x');
    first.offered = [original, tool('file.read')];
    second.offered = [tool('mcp.a.x')];
    expect([registry.get('mcp.a.x'), registry.get('file.read')]).toEqual([original, FILE_TOOLS[1]]);
    expect(registry.list()).toHaveLength(FILE_TOOLS.length + 1);
    expect(lines).toEqual([
      ['warn', { tool: 'file.read' }, 'a tool is refused: its name is taken'],
      ['warn', { tool: 'mcp.a.x' }, 'a tool is refused: its name is taken'],
    ]);
  });

  it.each(['nodot', 'Upper.case', 'mcp.a b', 'mcp.x\nlevel', `mcp.${'x'.repeat(130)}`, 'mcp.'])(
    'refuses the name %j',
    (name) => {
      const source = new FakeSource();
      source.offered = [tool(name)];
      const { registry, lines } = open(source);
      expect(registry.find(name)).toBeUndefined();
      expect(lines).toHaveLength(1);
    },
  );

  it('takes a tool again that comes back with the same schema', () => {
    const source = new FakeSource();
    const schema = {
      $id: 'https://example.org/tool',
      type: 'object',
      properties: { n: { type: 'integer' } },
      additionalProperties: false,
    };
    source.offered = [tool('mcp.a.x', schema), tool('mcp.a.y', schema)];
    const { registry, lines } = open(source);
    expect(registry.find('mcp.a.y')).toBeDefined();
    source.offered = [tool('mcp.a.x', schema)];
    expect(() => {
      registry.checkArgs('mcp.a.x', { n: 1.5 });
    }).toThrow('"args/n" must be integer');
    expect(lines).toEqual([]);
  });

  it('refuses a tool whose schema is invalid, and keeps the others', () => {
    const source = new FakeSource();
    source.offered = [tool('mcp.a.bad', { type: 'nonsense' }), tool('mcp.a.good')];
    const { registry, lines } = open(source);
    expect(registry.find('mcp.a.bad')).toBeUndefined();
    expect(registry.find('mcp.a.good')).toBeDefined();
    expect(lines).toMatchObject([['warn', { tool: 'mcp.a.bad' }, 'a tool is refused: its schema cannot be used']]);
  });
});
