import fc from 'fast-check';
import { Pool } from 'pg';
import { Database } from '@assent/platform';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { ChainVerifier } from './audit.chain';
import { ChainRepository } from './chain.repository';

const TENANT = 'tenant';
/** What a text column of Postgres can hold. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.replaceAll('\0', ''));
const nullable = fc.option(text);
const row = fc.record({
  id: fc.uuid(),
  action: text,
  actor: text,
  subjectType: text,
  subjectId: text,
  runId: fc.option(fc.uuid()),
  hash: nullable,
  policyVersion: nullable,
  detail: fc.dictionary(text, nullable),
});

describe('the hash of an audit row in the database', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
  });
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  it('is that of the verifier, for every text and null', async () => {
    const written = new Set<string>();
    await fc.assert(
      fc.asyncProperty(row, async (given) => {
        fc.pre(!written.has(given.id));
        written.add(given.id);
        await pool.query(
          `insert into audit_log (id, tenant_id, action, actor, subject_type, subject_id, run_id, hash, policy_version, detail, created_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now())`,
          [
            given.id,
            TENANT,
            given.action,
            given.actor,
            given.subjectType,
            given.subjectId,
            given.runId,
            given.hash,
            given.policyVersion,
            JSON.stringify(given.detail),
          ],
        );
      }),
    );
    const lines = await new ChainRepository(database).page(TENANT, 0, written.size + 1);
    const verifier = new ChainVerifier();
    for (const line of lines) verifier.add(line);
    expect(lines).toHaveLength(written.size);
    expect(verifier.finish().problems).toEqual([]);
  });
});
