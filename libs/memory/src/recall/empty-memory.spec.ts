import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { RecallService } from './recall.service';

const LESSON = 'Lubricate the conveyor bearings';
const SCOPE = { tenantId: 'factory', agent: 'robot' };
const RUN = '00000000-0000-7000-8000-000000000001';

describe('a recall of a tenant without fragments', () => {
  let stage: MemoryStage;
  let statements = 0;

  beforeAll(async () => {
    let database: TestDatabase | undefined;
    stage = await MemoryStage.open(async () => (database ??= await createTestDatabase()), {
      MEMORY_CONTROL_SHARE: '0',
    });
    await recall();
    stage.database.onStatement = () => (statements += 1);
  });
  afterAll(() => stage.close());

  const recall = (scope = SCOPE) => stage.get(RecallService).recall(scope, LESSON, RUN);

  it('takes one statement', async () => {
    statements = 0;
    expect(await recall()).toMatchObject({ fragments: [], late: false, degraded: [] });
    expect(statements).toBe(1);
  });

  it('finds the first fragment as soon as it is stored, and no other tenant’s', async () => {
    await stage.learn(SCOPE.tenantId, SCOPE.agent, LESSON);
    expect((await recall()).fragments.map(({ text }) => text)).toEqual([LESSON]);
    statements = 0;
    expect(await recall({ ...SCOPE, tenantId: 'other' })).toMatchObject({ fragments: [] });
    expect(statements).toBe(1);
  });
});
