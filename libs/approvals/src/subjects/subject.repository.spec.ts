import { Pool } from 'pg';
import { Database } from '@assent/platform';
import { OutboxSignal } from '@assent/outbox';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { SubjectRepository } from './subject.repository';

const KIND = 'memory_plan';
const BATCH = 10;
const CLAIM_SECONDS = 60;

describe('decisions to carry out', () => {
  let own: TestDatabase;
  let pool: Pool;
  let database: Database;
  let subjects: SubjectRepository;
  const outbox = new OutboxSignal();

  beforeAll(async () => {
    own = await createTestDatabase();
    pool = new Pool({ connectionString: own.url });
    database = new Database(pool);
    subjects = new SubjectRepository(database, outbox);
  });
  afterEach(() => pool.query('delete from approvals'));
  afterAll(async () => {
    await database.close();
    await own.drop();
  });

  /** @param until expiry of the last claim */
  const settle = async (numbers: readonly number[], until: string | null) => {
    for (const number of numbers) {
      await pool.query(
        `insert into approvals (id, tenant_id, request_id, state, hash, tool, workspace, requester, rule, risks, terms, quorum, subject_type, subject_id,
           content, title, created_at, expires_at, dispatch_until)
         values ($1::uuid, 't', 'req_' || $1::text, 'rejected', 'h', $2::text, '', 'r', 'rule', '{}', '{}', 1, $2::text, $1::text, '', '', now(), now(), $3::timestamptz)`,
        [idOf(number), KIND, until],
      );
    }
  };
  const claimed = async (except: readonly number[] = []) => {
    const found = await subjects.claim([KIND], CLAIM_SECONDS, BATCH, except.map(idOf));
    return found.map(({ approvalId }) => Number.parseInt(approvalId.slice(-2), 16)).sort((a, b) => a - b);
  };

  it('go to decisions without an attempt before older ones that fail', async () => {
    const failing = Array.from({ length: BATCH + 2 }, (_, number) => number);
    await settle(failing, '2000-01-01');
    await settle([90], null);
    expect(await claimed()).toContain(90);
  });

  it('skip excluded ids', async () => {
    await settle([1, 2, 3], '2000-01-01');
    expect(await claimed([1, 3])).toEqual([2]);
  });
});

function idOf(number: number): string {
  return `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}
