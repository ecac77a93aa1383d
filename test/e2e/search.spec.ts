import type { MethodParams, MethodResult, SearchNodeView } from '@assent/contract';
import { rebuild, type SearchFact } from '@assent/search/testing';
import type { Caller } from '../support/caller';
import { SearchAgent } from '../support/search-agent';
import { Stage, type Replica } from '../support/stage';

type Tree = MethodResult<'search/get'>;

describe('search/*', () => {
  let stage: Stage;
  let one: Replica;
  let two: Replica;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    [one, two] = [await stage.start(), await stage.start()];
    ({ developer } = one);
  });
  afterAll(() => stage.close());

  const opened = async (more: Partial<MethodParams<'search/start'>> = {}): Promise<string> =>
    (await developer.call('search/start', { query: 'the largest number', seed: 7, ...more })).searchId;
  const treeOf = (searchId: string): Promise<Tree> => developer.call('search/get', { searchId });
  /** Without ids and times, which differ from search to search. */
  const shapeOf = ({ nodes, comparisons }: Tree) => {
    const places = new Map(nodes.map(({ nodeId }, index) => [nodeId, index]));
    return {
      nodes: nodes.map(({ nodeId: _, parentId, ...rest }) => ({ ...rest, parent: places.get(parentId ?? '') ?? null })),
      comparisons: comparisons.map(({ a, b, swapped, scoreA, scoreB }) => [
        places.get(a),
        places.get(b),
        swapped,
        scoreA,
        scoreB,
      ]),
    };
  };
  const factsOf = async (searchId: string): Promise<SearchFact[]> =>
    (
      await stage.rows<{ fact: SearchFact }>('select fact from search_steps where search_id = $1 order by place', [
        searchId,
      ])
    ).map(({ fact }) => fact);

  it('is driven step by step to the best answer, with the prompts that its judge evolves', async () => {
    const searchId = await opened({ prompt: 'Write a number.' });
    const agent = new SearchAgent(developer, 'a');
    const first = await agent.select(searchId);
    expect(first).toMatchObject({ version: 0, next: { kind: 'expand', parentId: null, prompt: 'Write a number.' } });
    const end = await agent.drive(searchId);
    expect(end.next).toEqual({ kind: 'finish', reason: 'iterations' });
    const tree = await treeOf(searchId);
    expect(tree.search).toMatchObject({ status: 'open', iteration: 8, used: { nodes: tree.nodes.length } });
    const done = await agent.finish(searchId);
    const texts = await Promise.all(tree.nodes.map(({ nodeId }) => developer.call('search/get', { searchId, nodeId })));
    const numbers = texts.map(({ node }) => Number(node?.answer));
    expect(done).toMatchObject({
      status: 'finished',
      end: 'iterations',
      best: { answer: String(Math.max(...numbers)), q0: expect.anything() as number },
    });
    expect(Number(done.worst?.answer)).toBeLessThan(Number(done.best?.answer));
    const judged = texts.find(({ node }) => node?.parentId !== null);
    expect(judged?.node?.promptOut).toMatch(/^prompt \d+$/);
    expect(judged?.judgements[0]).toMatchObject({ judge: 'by size', lessons: ['larger is better'] });
    expect(judged?.judgements[0]?.criteria.map(({ name, weight }) => [name, weight])).toEqual([
      ['size', 0.75],
      ['form', 0.25],
    ]);
    // Asking again, on any replica, gives the same answer.
    const again = { searchId, driver: 'b', version: 0 };
    expect(await two.developer.call('search/finish', again)).toEqual(done);
  });

  it('goes on where its driver stopped, and its log gives what the store holds', async () => {
    const whole = await opened({ rules: { maxIter: 6, judging: 'single' } });
    await new SearchAgent(developer, 'a').drive(whole);
    const broken = await opened({ rules: { maxIter: 6, judging: 'single' } });
    await new SearchAgent(developer, 'a').drive(broken, 5);
    await stage.sql.query('update searches set lease_until = now() where id = $1', [broken]);
    await new SearchAgent(two.developer, 'b').drive(broken);
    const tree = await treeOf(broken);
    expect(shapeOf(tree)).toEqual(shapeOf(await treeOf(whole)));
    const { nodes } = rebuild(tree.search.rules, await factsOf(broken));
    const values = nodes.map(({ children: _, pending, beatsParent: __, ...rest }): SearchNodeView => {
      expect(pending).toEqual([]);
      return rest;
    });
    expect(values).toEqual(tree.nodes);
  });

  it('answers a repeated step as before, and refuses its key for another one', async () => {
    const searchId = await opened();
    const agent = new SearchAgent(developer, 'a');
    const selected = await agent.select(searchId);
    if (selected.next.kind !== 'expand') throw new Error('a new search is not to be expanded');
    const step = agent.expansion(selected, selected.next);
    const answer = await developer.call('search/expand', step);
    expect(answer).toMatchObject({ version: 1, duplicate: false, next: 'expand' });
    expect(await two.developer.call('search/expand', step)).toEqual(answer);
    expect((await developer.fail('search/expand', { ...step, answer: 'other' })).data).toMatchObject({
      type: 'urn:assent:error:idempotency-mismatch',
    });
    expect((await developer.fail('search/expand', { ...step, key: 'other' })).data).toMatchObject({
      type: 'urn:assent:error:conflict',
      version: 1,
    });
    // The answer that is there already counts as a visit.
    const { nodeId } = answer;
    const same = { ...step, version: 1, key: 'same', parentId: nodeId, answer: ` ${step.answer}\n` };
    expect(await developer.call('search/expand', same)).toMatchObject({ nodeId, duplicate: true });
    expect((await treeOf(searchId)).nodes).toMatchObject([{ nodeId, n: 2, duplicates: 1 }]);
  });

  it('takes one of many steps that come at once, through any replica', async () => {
    const searchId = await opened();
    const agent = new SearchAgent(developer, 'a');
    await agent.drive(searchId, 1);
    const { version, next } = await agent.select(searchId);
    if (next.kind !== 'expand') throw new Error('it is not to be expanded');
    const racers = Array.from({ length: 40 }, (_, index) => ({
      searchId,
      driver: 'a',
      version,
      key: `racer-${index}`,
      parentId: next.parentId,
      answer: String(index),
    }));
    const answers = await Promise.all(
      racers.map((racer, index) => (index % 2 === 0 ? one : two).developer.ask('search/expand', racer)),
    );
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(1);
    for (const { error } of answers) if (error) expect(error.data['type']).toBe('urn:assent:error:conflict');
    expect((await treeOf(searchId)).nodes).toHaveLength(2);
    expect(await factsOf(searchId)).toHaveLength(2);
  });

  it('is one driver’s while the lease lasts, and the next one’s when it has run out', async () => {
    const searchId = await opened();
    const [first, second] = [new SearchAgent(developer, 'a'), new SearchAgent(two.developer, 'b')];
    const held = await first.select(searchId);
    expect((await two.developer.fail('search/select', { searchId, driver: 'b' })).data).toMatchObject({
      type: 'urn:assent:error:conflict',
      leaseUntil: held.leaseUntil,
    });
    if (held.next.kind !== 'expand') throw new Error('a new search is not to be expanded');
    const step = first.expansion(held, held.next);
    expect((await developer.fail('search/expand', { ...step, driver: 'b' })).code).toBe(-32002);
    await stage.sql.query('update searches set lease_until = now() where id = $1', [searchId]);
    expect((await developer.fail('search/expand', step)).message).toContain('has run out');
    await second.drive(searchId, 1);
    expect((await developer.fail('search/expand', { ...step, key: 'late' })).code).toBe(-32002);
  });

  it('never exceeds a budget, and says which one ended it', async () => {
    const budgets = [{ nodes: 3 }, { calls: 7 }, { tokens: 95 }, { nodes: 4, calls: 12, tokens: 200 }];
    for (const budget of budgets) {
      const searchId = await opened({ budget, rules: { maxIter: 20 } });
      const agent = new SearchAgent(developer, 'a', { tokens: 30 });
      const selected = await agent.drive(searchId).catch(() => agent.select(searchId));
      const { search } = await treeOf(searchId);
      for (const what of ['nodes', 'calls', 'tokens'] as const) {
        expect(search.used[what]).toBeLessThanOrEqual(search.budget[what]);
      }
      if (selected.next.kind === 'finish') continue;
      // Only a step that reports more tokens than remain is refused.
      expect(selected.left.tokens).toBeLessThan(30);
      expect((await agent.finish(searchId)).end).toBe('stopped');
    }
    const [stored] = await stage.rows<{ over: string }>(
      'select count(*) as over from searches where nodes_used > nodes_max or calls_used > calls_max or tokens_used > tokens_max',
    );
    expect(stored).toEqual({ over: '0' });
    await expect(stage.sql.query('update searches set tokens_used = tokens_max + 1')).rejects.toThrow(
      'searches_budget',
    );
  });

  it('ends with an answer that a verifier passed, and never returns one that failed', async () => {
    const passing = await opened();
    const agent = new SearchAgent(developer, 'a', { verify: (answer) => (Number(answer) % 2 === 0 ? 'pass' : 'fail') });
    expect((await agent.drive(passing)).next).toEqual({ kind: 'finish', reason: 'verified' });
    expect(await agent.finish(passing)).toMatchObject({
      end: 'verified',
      best: { verified: 'pass', q0: 1 },
      worst: { verified: 'fail' },
    });
    const failing = await opened({ rules: { maxIter: 3 } });
    const doubting = new SearchAgent(developer, 'a', { verify: (answer) => (answer === '11' ? 'unknown' : 'fail') });
    await doubting.drive(failing);
    expect(await doubting.finish(failing)).toMatchObject({
      best: { answer: '11' },
      worst: { verified: 'fail', q0: 0 },
    });
  });

  it('refuses what is too long or not its turn, and shows a search to its tenant only', async () => {
    const searchId = await opened({ idempotencyKey: 'once' });
    expect(await opened({ idempotencyKey: 'once' })).toBe(searchId);
    const other = { query: 'another', seed: 7, idempotencyKey: 'once' };
    expect((await developer.fail('search/start', other)).data['type']).toBe('urn:assent:error:idempotency-mismatch');
    const agent = new SearchAgent(developer, 'a');
    const selected = await agent.select(searchId);
    if (selected.next.kind !== 'expand') throw new Error('a new search is not to be expanded');
    const step = agent.expansion(selected, selected.next);
    const long = await developer.fail('search/expand', { ...step, answer: 'x'.repeat(32_001) });
    expect([long.code, long.data['pointer']]).toEqual([-32602, '/answer']);
    const stranger = '00000000-0000-7000-8000-000000000000';
    expect((await developer.fail('search/expand', { ...step, parentId: stranger })).message).toContain(
      'is not what search',
    );
    const judged = {
      searchId,
      driver: 'a',
      version: 0,
      key: 'k',
      nodeId: stranger,
      against: stranger,
      swapped: false,
      judgement: null,
    };
    expect((await developer.fail('search/compare', judged)).code).toBe(-32002);
    expect((await one.reviewer.fail('search/select', { searchId, driver: 'r' })).data['type']).toBe(
      'urn:assent:error:forbidden',
    );
    expect((await one.reviewer.call('search/get', { searchId })).search.searchId).toBe(searchId);
    await stage.sql.query("update searches set tenant_id = 'other' where id = $1", [searchId]);
    expect((await developer.fail('search/get', { searchId })).code).toBe(-32001);
    expect((await developer.fail('search/expand', step)).code).toBe(-32001);
  });
});
