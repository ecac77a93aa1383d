import { createTestDatabase } from '@assent/test-support/postgres';
import { MemoryStage } from '../testing/memory-stage';
import { FamilyRepository, noteFamily, type Family } from './family.repository';

const TENANT = 'tenant';
const GOAL = 'Restart the payment service after the timeout';
const SIMILAR = 'Restart the payment service after a timeout';

describe('the family of a goal', () => {
  let stage: MemoryStage;
  let statements = 0;

  beforeAll(async () => {
    stage = await MemoryStage.open(() => createTestDatabase());
    await of('Something else');
    await note({ key: 'first', family: 'first', goal: GOAL });
    stage.database.onStatement = () => (statements += 1);
  });
  beforeEach(() => (statements = 0));
  afterAll(() => stage.close());

  const of = (goal: string) => stage.get(FamilyRepository).of(TENANT, goal);
  const note = (family: Family) => stage.commit(TENANT, 'robot', [noteFamily(family)]);

  it('is that of the most similar goal, found by one statement', async () => {
    expect(await of(SIMILAR)).toMatchObject({ family: 'first', goal: GOAL });
    expect(statements).toBe(1);
  });

  it('is the known one even if another goal is more similar', async () => {
    const { key } = await of('Sweep the floor');
    await note({ key: 'other', family: 'other', goal: 'Mop the floor' });
    await note({ key, family: 'other', goal: 'Mop the floor' });
    await note({ key: 'close', family: 'close', goal: 'Sweep the floors' });
    statements = 0;
    expect(await of('Sweep the floor')).toMatchObject({ family: 'other', goal: 'Mop the floor' });
    expect(statements).toBe(1);
  });

  it('is its own for a goal unlike all others', async () => {
    const { key, family, goal } = await of('Translate the manual');
    expect({ family, goal }).toEqual({ family: key, goal: 'Translate the manual' });
  });
});
