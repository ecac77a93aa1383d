import type { Principal } from '@assent/contract';
import { RequestReplies } from './request.replies';

const ANN = { tenantId: 'tenant', subject: 'ann' } as Principal;

/** Replies to one question and one client call, each of which only its own tenant has. */
class Scene {
  readonly replied: unknown[] = [];
  readonly replies: RequestReplies;

  constructor() {
    const holds = (requestId: string) => ({
      find: (tenantId: string, id: string) =>
        Promise.resolve(tenantId === 'tenant' && id === requestId ? { requestId } : undefined),
    });
    const record =
      (name: string) =>
      (...args: unknown[]) => {
        this.replied.push([name, ...args]);
        return Promise.resolve();
      };
    this.replies = new RequestReplies(
      holds('req_question') as never,
      { answer: record('answer a question') } as never,
      holds('req_call') as never,
      { answer: record('answer a call'), fail: record('fail a call') } as never,
    );
  }
}

describe('replies to the requests of runs', () => {
  it.each([
    ['req_question', 'tenant', 'input/request'],
    ['req_call', 'tenant', 'tool/call'],
    ['req_unknown', 'tenant', null],
    ['req_question', 'other', null],
    ['req_call', 'other', null],
  ])('find the method of %s for a principal of %s: %s', async (requestId, tenantId, method) => {
    expect(await new Scene().replies.methodOf({ ...ANN, tenantId }, requestId)).toBe(method);
  });

  it('look for a call only among those of the runs of the principal', async () => {
    const conditions: unknown[] = [];
    const replies = new RequestReplies(
      { find: () => Promise.resolve(undefined) } as never,
      {} as never,
      { find: (...[, , of]: unknown[]) => Promise.resolve(void conditions.push(of)) } as never,
      {} as never,
    );
    await replies.methodOf(ANN, 'req_call');
    const [condition] = conditions as { values: readonly unknown[] }[];
    expect(condition?.values).toEqual(expect.arrayContaining(['tenant', 'ann']));
  });

  it('go to the service of their kind', async () => {
    const { replies, replied } = new Scene();
    await replies.answerInput(ANN, 'req_question', { answers: [] } as never);
    await replies.answerCall(ANN, 'req_call', { output: { text: 'seen' } });
    await replies.failCall(ANN, 'req_call', 'no network');
    expect(replied).toEqual([
      ['answer a question', ANN, 'req_question', { answers: [] }],
      ['answer a call', ANN, 'req_call', { text: 'seen' }],
      ['fail a call', ANN, 'req_call', 'no network'],
    ]);
  });
});
