import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase } from '@assent/test-support/postgres';

import { FragmentRepository } from '../fragment.repository';
import { EmbeddingJob } from '../recall/embedding.job';
import { MemoryStage, experience } from '../testing/memory-stage';
import { OptimizerService } from './optimizer.service';

/** An embedding that knows two subjects, in any words. */
const vectorOf = (text: string): number[] => [/boat|ship/i.test(text) ? 3 : 0, /train|rail/i.test(text) ? 3 : 0, 0.1];

describe('merging by vectors', () => {
  let endpoint: Server;
  let stage: MemoryStage;

  beforeAll(async () => {
    endpoint = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { input } = JSON.parse(Buffer.concat(chunks).toString()) as { input: string[] };
        const data = input.map((text, index) => ({ index, embedding: vectorOf(text) }));
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));
      });
    });
    await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
    stage = await MemoryStage.open(createTestDatabase, {
      EMBEDDING_BASE_URL: `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`,
      EMBEDDING_MODEL: 'toy',
      EMBEDDING_TIMEOUT_MS: '10000',
      MEMORY_CONTROL_SHARE: '0',
    });
  });
  afterAll(async () => {
    await stage.close();
    await new Promise((resolve) => endpoint.close(resolve));
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

  it('unites lessons that share a meaning and no word', async () => {
    await learned('meaning', 'Every boat needs an anchor');
    await learned('meaning', 'Moor each ship by its chain');
    await learned('meaning', 'Couple all train wagons');
    await measure();
    await optimize('meaning');
    expect(await superseded('meaning')).toEqual(['Every boat needs an anchor', 'Moor each ship by its chain']);
  });

  it('unites none of another family or agent, with another number or a negation', async () => {
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
