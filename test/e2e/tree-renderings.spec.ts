import type { Tree } from '@assent/contract';
import type { Caller } from '../support/caller';
import { startPending } from '../support/pending';
import { writePlan } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const PATH = 'config/payments.yaml';
const UNKNOWN_RUN = '01890a5d-ac96-774b-bcce-b302099a8057';
/** Tables that a plan or a run writes to. */
const TABLES = ['runs', 'frames', 'trees', 'resolutions', 'tool_calls', 'approvals', 'model_calls', 'calibrations'];

describe('the tree of a run', () => {
  let stage: Stage;
  let server: Replica;
  let developer: Caller;
  let runId: string;
  let tree: Tree;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    ({ developer } = server);
    const { beliefs } = writePlan(PATH, 'x');
    const texts = ['The timeout is "too" short]; %%{init}%%', 'Somebody <b>shortened</b> it\\'];
    const assumptions = (beliefs?.assumptions ?? []).map((one, index) => ({ ...one, text: texts[index] ?? one.text }));
    ({ runId } = await startPending(developer, PATH, 'x', { beliefs: { ...beliefs, assumptions } }));
    tree = await developer.call('tree/get', { runId });
  });
  afterAll(() => stage.close());

  const get = (accept?: string, query = '', id = runId) =>
    developer.fetch(`/runs/${id}/tree${query}`, accept === undefined ? {} : { headers: { accept } });
  const headersOf = ({ headers }: Response) => [headers.get('content-type'), headers.get('vary')];

  it('comes as JSON unless something else is asked for', async () => {
    for (const accept of [undefined, '*/*', 'application/json', 'text/html,*/*;q=0.8']) {
      const response = await get(accept);
      expect([response.status, ...headersOf(response)]).toEqual([
        200,
        'application/json; charset=utf-8',
        'origin, accept',
      ]);
      expect(await response.json()).toEqual(tree);
    }
  });

  it.each(['text/vnd.mermaid', 'text/x-mermaid', 'text/plain'])('comes as a Mermaid flowchart for %s', async (type) => {
    const response = await get(`${type}, application/json;q=0.5`);
    expect([response.status, ...headersOf(response)]).toEqual([200, `${type}; charset=utf-8`, 'origin, accept']);
    const text = await response.text();
    expect(text).toMatch(/^flowchart TD\n/);
    expect(text).toContain('["The timeout is #34;too#34; short#93;#59; #37;#37;#123;init#125;#37;#37;<br/>decisive');
    expect(text).toMatch(/^ {2}class n0,(?:[nl]\d+,)*l\d+ chosen$/m);
  });

  it('comes as Graphviz DOT', async () => {
    const response = await get('text/vnd.graphviz;q=0.9, application/json;q=0.2');
    expect([response.status, ...headersOf(response)]).toEqual([
      200,
      'text/vnd.graphviz; charset=utf-8',
      'origin, accept',
    ]);
    const text = await response.text();
    expect(text).toMatch(/^digraph tree \{\n/);
    expect(text).toContain(String.raw`[label="The timeout is \"too\" short]; %%{init}%%\ndecisive`);
  });

  it('comes in every form for the step that is asked for', async () => {
    for (const accept of ['application/json', 'text/vnd.mermaid', 'text/vnd.graphviz']) {
      const [newest, first] = await Promise.all([get(accept), get(accept, '?step=1')]);
      expect(await first.text()).toBe(await newest.text());
      expect((await get(accept, '?step=2')).status).toBe(404);
      expect((await get(accept, '', UNKNOWN_RUN)).status).toBe(404);
    }
  });

  it.each(['?step=0', '?step=x', '?step=1.5', '?step=', '?step=1&step=2', '?step=2147483648'])(
    'is refused for %s, with a pointer',
    async (query) => {
      const response = await get(undefined, query);
      expect([response.status, await response.json()]).toMatchObject([400, { pointer: '/step' }]);
    },
  );

  it.each(['image/svg+xml', 'application/json;q=0', 'text/html'])('does not come as %s: 406', async (accept) => {
    const response = await get(accept);
    expect([response.status, ...headersOf(response)]).toEqual([
      406,
      'application/problem+json; charset=utf-8',
      'origin, accept',
    ]);
    expect(await response.json()).toMatchObject({
      status: 406,
      title: 'Not Acceptable',
      detail: expect.stringContaining('text/vnd.mermaid'),
      requestId: expect.any(String),
    });
  });

  it('is described with its forms and its query', async () => {
    const document = (await (await fetch(`${server.process.url}/openapi.json`)).json()) as {
      paths: Record<
        string,
        { get: { parameters: { name: string }[]; responses: Record<string, { content?: object }> } }
      >;
    };
    const route = document.paths['/runs/{id}/tree']?.get;
    expect(route?.parameters.map(({ name }) => name).sort()).toEqual(['id', 'step']);
    expect(Object.keys(route?.responses['200']?.content ?? {})).toEqual(
      expect.arrayContaining(['application/json', 'text/vnd.mermaid', 'text/vnd.graphviz']),
    );
  });

  describe('scored with other weights', () => {
    const counts = () =>
      stage.rows(TABLES.map((table) => `select '${table}' as name, count(*) from ${table}`).join(' union all '));

    it('may choose otherwise, and nothing is stored', async () => {
      const before = [await counts(), await stage.rows('select * from trees')];
      expect(tree.chosen.actionId).toBe('write');
      const scored = await developer.call('tree/score', { runId, params: { lambda: 100 } });
      expect(scored.chosen.actionId).toBe('finish');
      expect(scored.params).toEqual({ ...tree.params, lambda: 100 });
      expect(await developer.call('tree/score', { runId, step: 1, params: { lambda: 100 } })).toEqual(scored);
      expect([await counts(), await stage.rows('select * from trees')]).toEqual(before);
      expect(await developer.call('tree/get', { runId })).toEqual(tree);
    });

    it('is the stored tree, to the bit, with its own weights', async () => {
      expect(await developer.call('tree/score', { runId })).toEqual(tree);
      expect(await developer.call('tree/score', { tree })).toEqual(tree);
    });

    it('is open to a reader, and unknown to another tenant', async () => {
      expect(await server.reviewer.call('tree/score', { runId })).toEqual(tree);
      const unknown = await developer.fail('tree/score', { runId: UNKNOWN_RUN });
      await stage.rows(`update runs set tenant_id = 'other' where id = $1`, [runId]);
      await stage.rows(`update trees set tenant_id = 'other' where run_id = $1`, [runId]);
      try {
        const foreign = await developer.fail('tree/score', { runId });
        const sameBut = (error: typeof foreign, id: string) =>
          JSON.parse(
            JSON.stringify(error).replaceAll(id, 'ID').replaceAll(String(error.data['requestId']), 'R'),
          ) as unknown;
        expect(foreign.code).toBe(-32001);
        expect(sameBut(foreign, runId)).toEqual(sameBut(unknown, UNKNOWN_RUN));
        expect((await get()).status).toBe(404);
      } finally {
        await stage.rows(`update runs set tenant_id = 'local' where id = $1`, [runId]);
        await stage.rows(`update trees set tenant_id = 'local' where run_id = $1`, [runId]);
      }
    });

    it('needs exactly one thing to score', async () => {
      const { beliefs, actions, params } = writePlan(PATH, 'x');
      const refused: [params: object, pointer: string][] = [
        [{}, '/beliefs'],
        [{ params: { lambda: 2 } }, '/beliefs'],
        [{ runId, tree }, '/runId'],
        [{ runId, beliefs, actions }, '/runId'],
        [{ beliefs, trace: 'It may be too short.', actions }, '/trace'],
        [{ runId, actions }, '/actions'],
        [{ tree, step: 1 }, '/step'],
        [{ beliefs }, '/actions'],
      ];
      for (const [combination, pointer] of refused) {
        expect(await developer.fail('tree/score', combination)).toMatchObject({ code: -32602, data: { pointer } });
      }
      expect((await developer.call('tree/score', { beliefs, actions, params } as object)).chosen.actionId).toBe(
        'write',
      );
    });
  });
});
