import { createTestDatabase } from '@assent/test-support/postgres';
import { FragmentRepository } from '../fragment.repository';
import { EmbeddingJob } from '../recall/embedding.job';
import { EmbeddingEndpoint } from '../testing/embedding-endpoint';
import { MemoryStage, experience } from '../testing/memory-stage';
import { OptimizerService } from './optimizer.service';

describe('merging by vectors', () => {
  let endpoint: EmbeddingEndpoint;
  let stage: MemoryStage;

  beforeAll(async () => {
    endpoint = await EmbeddingEndpoint.open();
    stage = await MemoryStage.open(createTestDatabase, { ...endpoint.env, MEMORY_CONTROL_SHARE: '0' });
  });
  afterAll(async () => {
    await stage.close();
    await endpoint.close();
  });

  /** An active lesson, left by two runs of a goal family. */
  const learned = async (tenantId: string, text: string, { family = 'harbour', agent = 'robot' } = {}) => {
    for (const runId of await stage.learn(tenantId, agent, text)) {
      await stage.commit(tenantId, agent, [experience({ goal: 'Keep it in place', action: 'Moor it', family })], runId);
    }
  };
  const measure = () => stage.get(EmbeddingJob).sweep.pass();
  const optimize = (tenantId: string) => stage.get(OptimizerService).demand(tenantId, 'admin');
  const superseded = async (tenantId: string) =>
    (await stage.get(FragmentRepository).list(tenantId, {}, null, 100))
      .filter(({ status }) => status === 'superseded')
      .map(({ text }) => text)
      .sort();

  it('merges lessons that share a meaning but no word', async () => {
    await learned('meaning', 'Every boat needs an anchor');
    await learned('meaning', 'Moor each ship by its chain');
    await learned('meaning', 'Couple all train wagons');
    await measure();
    await optimize('meaning');
    expect(await superseded('meaning')).toEqual(['Every boat needs an anchor', 'Moor each ship by its chain']);
  });

  it('does not merge across families or agents, or lessons that differ in a number or a negation', async () => {
    await learned('apart', 'Every boat needs an anchor');
    await learned('apart', 'Moor each ship by its chain', { family: 'canal' });
    await learned('apart', 'Tie each ship to a ring', { agent: 'other' });
    await learned('apart', 'Give each ship 3 ropes');
    await learned('apart', 'Never leave a ship alone');
    await measure();
    await optimize('apart');
    expect(await superseded('apart')).toEqual([]);
  });

  it('compares a lesson whose vector is computed after a run has read it', async () => {
    await learned('later', 'Every boat needs an anchor');
    await learned('later', 'Moor each ship by its chain');
    await optimize('later');
    expect(await superseded('later')).toEqual([]);
    await measure();
    await optimize('later');
    expect(await superseded('later')).toHaveLength(2);
  });
});
