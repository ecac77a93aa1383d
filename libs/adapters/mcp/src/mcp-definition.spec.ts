import { hostOf } from '@assent/tools/testing';
import { schemaCheck } from '@assent/tools';
import { definitionHash } from './mcp-catalog';
import { oneLine } from './mcp-failure';
import { flatten as flattenFor } from './mcp-result';
import { family } from './mcp.family';
import type { JsonMembers } from './response.tracker';
import { contextOf } from './testing/mcp-stage';

const flatten = (result: JsonMembers) => flattenFor(result, contextOf());

describe('definitions of MCP tools', () => {
  it('are hashed as a whole, regardless of property order', () => {
    const definition = { name: 'a', description: 'b', inputSchema: { x: 1, y: [{ p: 1, q: 2 }] }, annotations: {} };
    const hash = definitionHash(definition);
    expect(definitionHash({ ...definition, inputSchema: { y: [{ q: 2, p: 1 }], x: 1 } })).toBe(hash);
    for (const change of [
      { name: 'A' },
      { description: 'b ' },
      { inputSchema: { x: 1, y: [{ p: 1, q: 3 }] } },
      { annotations: { readOnlyHint: true } },
    ]) {
      expect(definitionHash({ ...definition, ...change })).not.toBe(hash);
    }
  });
});

describe('answers of MCP tools', () => {
  it('are cut to what can be stored, with a notice', () => {
    const { text, omitted, truncated } = flatten({ content: [{ type: 'text', text: 'x'.repeat(300_000) }] });
    expect(text.length).toBe(200_000);
    expect([omitted, truncated]).toEqual([[], true]);
    expect(flatten({ content: [], structuredContent: { a: 'x'.repeat(300_000) } })).toEqual({
      text: '',
      omitted: ['structured content: too large or too deep'],
      truncated: true,
    });
    expect(flatten({ content: Array.from({ length: 1_002 }, () => ({ type: 'text', text: '' })) })['omitted']).toEqual([
      '2 more parts',
    ]);
  });

  it('show no part of a secret that the cut goes through', () => {
    const { text } = flatten({ content: [{ type: 'text', text: `${'x'.repeat(199_980)} ghp_${'Ab1'.repeat(30)}` }] });
    expect(text.slice(-21)).toBe('x [redacted]'.padStart(21, 'x'));
    const mimeType = `${'x'.repeat(480)} ghp_${'Ab1'.repeat(30)}`;
    expect(JSON.stringify(flatten({ content: [{ type: 'audio', mimeType }] }))).not.toContain('ghp_');
  });

  it('name what they leave out, and never carry it', () => {
    expect(
      flatten({
        content: [
          { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
          { type: 'resource', resource: { uri: 'a:b', blob: 'AAAA' } },
          { type: 'resource_link', name: 'n', uri: 'a:b' },
          { type: 'later' },
        ],
      }),
    ).toEqual({
      text: '[resource n: a:b]',
      omitted: ['audio audio/wav, 4 characters of base64', 'resource', 'later'],
      truncated: true,
    });
  });

  it('that tell a failure become one line', () => {
    expect(oneLine(' a\n\u202eb\u0000c ')).toBe('a b c');
    expect(oneLine('x '.repeat(450))).toHaveLength(500);
  });
});

describe('the mcp family', () => {
  it('is off without servers, and strict about its settings', async () => {
    expect(await family.create({}, hostOf())).toEqual([]);
    expect(
      await family.create(
        { servers: { a: { command: 'x', env: { T: { secret: 'TOKEN' } } } } },
        hostOf({ TOKEN: 's' }),
      ),
    ).toHaveLength(1);
    await expect(
      family.create({ servers: { a: { url: 'http://x', headers: { A: { secret: 'NO' } } } } }, hostOf()),
    ).rejects.toThrow('NO');
    const check = schemaCheck(family.settingsSchema);
    expect(
      check({ servers: { 'a-1': { url: 'https://x/mcp', headers: { authorization: { secret: 'T' } } } } }).ok,
    ).toBe(true);
    for (const bad of [
      { servers: { 'a.b': { command: 'x' } } },
      { servers: { A: { command: 'x' } } },
      { servers: { a: { command: 'x', url: 'http://x' } } },
      { servers: { a: { url: 'file:///x' } } },
      { servers: { a: { command: 'x', env: { A: { secret: 'a b' } } } } },
      { servers: { a: { command: 'x', cwd: 'relative' } } },
      { servers: {}, trust: 'always' },
      { servers: {}, pinsFile: '/var/lib/assent/pins.json' },
    ]) {
      expect(check(bad).ok).toBe(false);
    }
  });
});
