import fc from 'fast-check';
import { newId, sql } from '@assent/platform';
import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { Ranking } from './ranking';

const TENANTS = ['north', 'south'] as const;
const AGENTS = ['robot', 'other', null] as const;
const STATUSES = ['active', 'staged', 'superseded', 'deleted'] as const;
const WORDS = ['anchor', 'boat', 'signal', 'train', 'ticket', 'harbour'] as const;
const RUNS = 25;
/** Nothing here depends on speed. */
const TIMEOUT_MS = 10_000;

interface Kept {
  readonly tenant: string;
  readonly agent: string | null;
  readonly status: (typeof STATUSES)[number];
  readonly text: string;
  readonly helpful: number;
  readonly harmful: number;
}

const sentence = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
const kept: fc.Arbitrary<Kept> = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  agent: fc.constantFrom(...AGENTS),
  status: fc.constantFrom(...STATUSES),
  text: sentence,
  helpful: fc.nat(5),
  harmful: fc.nat(5),
});
const asked = fc.record({
  tenant: fc.constantFrom(...TENANTS),
  agent: fc.constantFrom('robot', 'other'),
  goal: sentence,
  thresholds: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
});

describe('recall, for any memory', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  const fill = async (fragments: readonly Kept[]): Promise<ReadonlyMap<string, Kept>> => {
    await stage.database.query(sql`delete from memory_fragments`);
    const byId = new Map(fragments.map((fragment) => [newId(), fragment]));
    const rows = [...byId].map(([id, fragment]) => ({ id, ...fragment }));
    await stage.database.query(sql`
      insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance, document, active_at,
        created_at, updated_at)
      select id, tenant, agent, status, text, id::text, array[text], '{}', helpful, harmful, 2, 1, '[]', to_tsvector('english', text), now(), now(), now()
      from json_to_recordset(${JSON.stringify(rows)}) as kept (id uuid, tenant text, agent text, status text, text text, helpful integer, harmful integer)`);
    return byId;
  };
  const idsOf = async (tenantId: string, agent: string, goal: string, minLexical: number): Promise<string[]> => {
    const options = { status: 'active', timeoutMs: TIMEOUT_MS, minLexical } as const;
    const { fragments } = await stage.get(Ranking).find({ tenantId, agent }, goal, options);
    return fragments.map(({ fragmentId }) => fragmentId);
  };

  it('is active and in scope, and a subset for a higher threshold', async () => {
    let recalled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(kept, { minLength: 20, maxLength: 60 }), asked, async (fragments, question) => {
        const { tenant, agent, goal, thresholds } = question;
        const byId = await fill(fragments);
        const all = await idsOf(tenant, agent, goal, Math.min(...thresholds));
        recalled += all.length;
        for (const id of all) {
          const fragment = byId.get(id);
          expect(fragment).toMatchObject({ tenant, status: 'active' });
          expect([agent, null]).toContain(fragment?.agent);
        }
        const fewer = await idsOf(tenant, agent, goal, Math.max(...thresholds));
        expect(fewer.filter((id) => !all.includes(id))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
    // Otherwise the property would hold for a recall that finds nothing.
    expect(recalled).toBeGreaterThan(RUNS);
  });
});
