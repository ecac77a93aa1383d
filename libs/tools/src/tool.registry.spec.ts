import type { JsonObject } from '@assent/contract';
import { ADAPTERS } from './adapters/adapters';
import { ToolRegistry } from './tool.registry';

describe('ToolRegistry', () => {
  const registry = new ToolRegistry(ADAPTERS);

  it('knows the tools in their order', () => {
    expect(registry.list().map(({ name, effect, idempotent }) => [name, effect, idempotent])).toEqual([
      ['file.list', 'read', true],
      ['file.read', 'read', true],
      ['file.search', 'read', true],
      ['file.write', 'write', true],
      ['file.patch', 'write', true],
    ]);
  });

  it('refuses two tools of one name', () => {
    expect(() => new ToolRegistry([...ADAPTERS, ...ADAPTERS.slice(0, 1)])).toThrow('Two tools have the same name.');
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
  ])('refuses %s %j', (tool, args, pointer, text) => {
    expect(() => {
      registry.checkArgs(tool, args);
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
    for (const { name, description, inputSchema, effort, deadlineMs } of ADAPTERS) {
      expect({ name, closed: inputSchema['additionalProperties'] }).toEqual({ name, closed: false });
      expect(Math.min(description.length, effort, deadlineMs)).toBeGreaterThan(0);
    }
  });
});
