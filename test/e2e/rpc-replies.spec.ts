import { startPending, type Pending } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const KNOWN = { jsonrpc: '2.0', id: 'a', method: 'tool/list' };

describe('a response to a request of the server', () => {
  let stage: Stage;
  let server: Replica;
  let pending: Pending;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
    pending = await startPending(server.developer, 'reply.txt', 'x');
  });
  afterAll(() => stage.close());

  const answer = (more: object) => {
    const result = { decision: 'approve', hash: pending.hash };
    return { jsonrpc: '2.0', id: pending.requestId, result, ...more };
  };
  /** The problem document of an answer with status 400. */
  const refused = async (body: unknown): Promise<Record<string, unknown>> => {
    const response = await server.reviewer.post('/rpc', body);
    const type = response.headers.get('content-type');
    expect([response.status, type]).toEqual([400, 'application/problem+json; charset=utf-8']);
    return (await response.json()) as Record<string, unknown>;
  };
  const state = async () => (await server.developer.call('approval/get', { approvalId: pending.approvalId })).state;

  it.each([
    ['without a version', { jsonrpc: undefined }],
    ['with another version', { jsonrpc: '1.0' }],
    ['with a result and an error', { error: { code: 1, message: 'no' } }],
    ['without a result', { result: undefined }],
    ['with a result of another form', { result: { decision: 'yes' } }],
  ])('%s is refused by its status, with its id, and decides nothing', async (_, more) => {
    const problem = await refused(answer(more));
    expect([problem['id'], await state()]).toEqual([pending.requestId, 'pending']);
  });

  it('in a batch refuses the batch as a whole', async () => {
    const batch = [KNOWN, answer({})];
    const problem = await refused(batch);
    expect([problem['id'], problem['pointer'], await state()]).toEqual([pending.requestId, '/1', 'pending']);
  });

  it('can be used with "error": null beside its result', async () => {
    expect((await server.reviewer.post('/rpc', answer({ error: null }))).status).toBe(202);
    expect(await state()).toBe('approved');
  });
});
