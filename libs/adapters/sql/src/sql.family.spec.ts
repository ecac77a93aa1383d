import type { JsonObject } from '@assent/contract';
import { MemoryTrust } from '@assent/tools/testing';
import { schemaCheck, type ToolHost, type ToolSource } from '@assent/tools';
import { family } from './sql.family';

const host: ToolHost = {
  trust: new MemoryTrust(),
  log: { info: () => undefined, warn: () => undefined },
  redact: (text) => text,
  secret: (name) => {
    if (name.startsWith('MISSING')) throw new Error(`${name} is not set`);
    return 'postgres://someone:hunter2@127.0.0.1:1/x';
  },
};

describe('the section "sql" of the tools file', () => {
  const check = schemaCheck(family.settingsSchema);
  const made = (connections: JsonObject) => family.create({ connections }, host);
  const names = (connections: JsonObject) =>
    made(connections).flatMap((item) => ('tools' in item ? item.tools().map(({ name }) => name) : []));

  it('offers nothing until a database is configured', () => {
    expect([family.create({}, host), made({})]).toEqual([[], []]);
  });

  it('offers changes only where a role is configured for them', () => {
    const reads = { urlSecret: 'READ' };
    const writes = { ...reads, executeUrlSecret: 'WRITE' };
    expect(names({ a: reads })).toEqual(['sql.query']);
    expect(names({ a: reads, b: writes })).toEqual(['sql.query', 'sql.execute']);
  });

  it('calls changes repeatable only when every database records them', () => {
    const recorded = { urlSecret: 'READ', executeUrlSecret: 'WRITE', effectsTable: 'existing' };
    const idempotent = (connections: JsonObject) =>
      made(connections).flatMap((item) => (item as ToolSource).tools().map((tool) => tool.idempotent))[1];
    expect(idempotent({ a: recorded })).toBe(true);
    expect(idempotent({ a: recorded, b: { urlSecret: 'READ', executeUrlSecret: 'WRITE' } })).toBe(false);
  });

  it('names a variable that is not set', () => {
    expect(() => made({ a: { urlSecret: 'MISSING_URL' } })).toThrow('MISSING_URL is not set');
  });

  it('starts without any database, and stops twice', async () => {
    for (const item of made({ a: { urlSecret: 'READ', executeUrlSecret: 'WRITE' } })) {
      const source = item as ToolSource;
      await source.start();
      await source.stop();
      await source.stop();
    }
  });

  it.each([
    [{ shop: {} }],
    [{ Shop: { urlSecret: 'READ' } }],
    [{ shop: { urlSecret: 'postgres://x' } }],
    [{ shop: { urlSecret: 'READ', url: 'postgres://x' } }],
    [{ shop: { urlSecret: 'READ', maxRows: 0 } }],
    [{ shop: { urlSecret: 'READ', statementTimeoutMs: 600_000 } }],
    [{ shop: { urlSecret: 'READ', effectsTable: 'yes' } }],
  ])('does not take %j', (connections) => {
    expect(check({ connections })).toMatchObject({ ok: false });
  });

  it('takes what the documentation shows', () => {
    const shop = {
      urlSecret: 'SHOP_READ_URL',
      executeUrlSecret: 'SHOP_WRITE_URL',
      effectsTable: 'existing',
      statementTimeoutMs: 10_000,
      lockTimeoutMs: 2_000,
      maxRows: 200,
      maxBytes: 200_000,
    };
    expect(check({ connections: { shop } })).toEqual({ ok: true, value: { connections: { shop } } });
  });
});
