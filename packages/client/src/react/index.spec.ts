/**
 * React finishes its work after the last test: the document stays.
 * @jest-environment-options {"globalsCleanup": "off"}
 */
import { addBox, type Box } from '@assent/test-support/dom';
import { StrictMode, createElement as h, type ReactNode } from 'react';
import { createRoot, hydrateRoot, type Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import type { Approval, ApprovalEvent, Frame } from '@assent/contract';
import { eventually } from '@assent/test-support/eventually';
import { ReplayServer, type Answers } from '../testing';
import { AssentProvider, useApprovals, useAssent, useDecision, useRun, useRunStatus, type Decision } from './index';

const RUN_ID = '0199a0de-0000-7000-8000-000000000001';
const HASH = `sha256:${'1'.repeat(64)}`;
const NEWER = `sha256:${'2'.repeat(64)}`;

function frame(seq: number, type: string, body: object = {}): Frame {
  return { runId: RUN_ID, seq, at: '2026-03-02T08:00:00.000Z', type, step: 1, clientTraceId: null, ...body } as Frame;
}

const STARTED = frame(1, 'run.started', { goal: 'Restore', workspace: 'example', requester: 'developer' });
const COMPLETED = frame(9, 'run.completed', { result: { kind: 'finished', actionId: 'finish' } });

function approval(approvalId: string, changes: Partial<Approval> = {}): Approval {
  return { approvalId, hash: HASH, state: 'pending', subject: { type: 'diff', id: 'd' }, ...changes } as Approval;
}

function event(seq: number, approvalId: string): ApprovalEvent {
  return { seq, type: 'approval.requested', approvalId } as ApprovalEvent;
}

describe('the hooks', () => {
  let server: ReplayServer;
  let container: Box;
  let root: Root | undefined;

  function open(answers: Answers = {}): void {
    server = new ReplayServer(answers);
    container = addBox();
  }

  function provided(...children: readonly ReactNode[]) {
    return h(AssentProvider, { client: server.client() }, ...children);
  }

  function render(node: ReactNode): void {
    root ??= createRoot(container);
    root.render(node);
  }

  /** What is on the screen, once it is that. */
  async function shows(text: string): Promise<void> {
    await eventually(`"${text}" on the screen`, () => container.textContent === text).catch(() => undefined);
    expect(container.textContent).toBe(text);
  }

  function unmount(): void {
    root?.unmount();
    root = undefined;
  }

  afterEach(() => {
    unmount();
    container.remove();
  });

  const Goal = () => {
    const { goal, state } = useRun(RUN_ID);
    return h('p', null, `${goal ?? '-'} ${state}`);
  };

  it('show a run live, by one connection for all of them, and close it when the last is unmounted', async () => {
    open();
    render(provided(h(Goal, { key: 1 }), h(Goal, { key: 2 })));
    await shows('- queued- queued');
    server.play([STARTED]);
    await shows('Restore runningRestore running');
    expect([server.opened, server.open]).toEqual([1, 1]);
    unmount();
    await eventually('the stream to be closed', () => server.open === 0);
    expect(new Set(server.calls.map(({ method }) => method))).toEqual(new Set(['stream']));
  });

  it('open one connection when StrictMode mounts twice', async () => {
    open();
    server.play([STARTED]);
    render(h(StrictMode, null, provided(h(Goal))));
    await shows('Restore running');
    server.play([COMPLETED]);
    await shows('Restore completed');
    expect(server.opened).toBe(1);
  });

  it('say that the connection is lost, and that it is live again', async () => {
    open();
    const states = new Set<string>();
    const Status = () => {
      const { connection } = useRunStatus(RUN_ID);
      states.add(connection);
      return h('p', null, connection);
    };
    render(provided(h(Status)));
    await shows('live');
    server.isAway = true;
    server.cut();
    await eventually('a lost connection', () => states.has('lost'));
    server.isAway = false;
    await shows('live');
  });

  it('say why a run cannot be shown', async () => {
    open({
      stream: () => undefined,
    });
    const Status = () => {
      const { connection, error } = useRunStatus(RUN_ID);
      return h('p', null, `${connection} ${error instanceof Error ? error.message : ''}`);
    };
    render(provided(h(Status)));
    await shows('failed The double has no answer to stream.');
  });

  it('render the first frames on a server without a connection, and go on from them in the browser', async () => {
    open();
    const initialFrames = [STARTED];
    const Page = () => h('p', null, `${useRun(RUN_ID, { initialFrames }).goal ?? '-'} ${useRun(RUN_ID).state}`);
    const Known = () => {
      const { goal, state } = useRun(RUN_ID, { initialFrames });
      return h('p', null, `${goal ?? '-'} ${state}`);
    };
    expect(renderToString(provided(h(Page)))).toBe('<p>Restore queued</p>');
    const html = renderToString(provided(h(Known)));
    expect([html, server.opened]).toEqual(['<p>Restore running</p>', 0]);
    container.innerHTML = html;
    const mismatches: unknown[] = [];
    root = hydrateRoot(container, provided(h(Known)), { onRecoverableError: (error) => mismatches.push(error) });
    server.play([STARTED, COMPLETED]);
    await shows('Restore completed');
    expect(mismatches).toEqual([]);
    expect(server.calls[0]?.params).toMatchObject({ after: 1 });
  });

  it('show the inbox live, each list by its filter, over one stream', async () => {
    const approvals = new Map([approval('a1'), approval('a2')].map((each) => [each.approvalId, each]));
    open({
      'approval/list': ({ state }) => ({
        items: [...approvals.values()].filter((each) => state === undefined || each.state === state),
        cursor: null,
      }),
      'approval/get': ({ approvalId }) => approvals.get(approvalId),
    });
    const List = ({ state }: { readonly state: Approval['state'] }) => {
      const { approvals: shown, isLoading } = useApprovals({ state });
      return h('p', null, isLoading ? '...' : `${state}: ${shown.map(({ approvalId }) => approvalId).join()} `);
    };
    render(h(StrictMode, null, provided(h(List, { state: 'pending' }), h(List, { state: 'approved' }))));
    await shows('pending: a1,a2 approved:  ');
    approvals.set('a1', approval('a1', { state: 'approved' }));
    approvals.set('a3', approval('a3'));
    server.play([event(1, 'a1'), event(2, 'a3')]);
    await shows('pending: a2,a3 approved: a1 ');
    expect(server.opened).toBe(1);
    unmount();
    await eventually('the stream to be closed', () => server.open === 0);
  });

  it('read a list again when something happens and only the server knows what matches', async () => {
    const decidable = [approval('a1')];
    open({ 'approval/list': () => ({ items: [...decidable], cursor: null }) });
    const List = () =>
      h(
        'p',
        null,
        useApprovals({ decidable: true, order: 'expires' })
          .approvals.map(({ approvalId }) => approvalId)
          .join(),
      );
    render(provided(h(List)));
    await shows('a1');
    decidable.unshift(approval('a2'));
    server.play([event(1, 'a2')]);
    await shows('a2,a1');
    expect(server.calls.map(({ method }) => method)).not.toContain('approval/get');
  });

  it('decide on the content that was rendered, although there is newer', async () => {
    open({ 'approval/decide': ({ approvalId, hash }) => (hash === NEWER ? approval(approvalId) : undefined) });
    let decision: Decision | undefined;
    let rendered = '';
    const Review = ({ hash }: { readonly hash: string }) => {
      decision = useDecision({ approvalId: 'a1', hash });
      rendered = hash;
      const { isPending, error, decided } = decision;
      return h('p', null, isPending ? 'pending' : error instanceof Error ? error.message : (decided?.state ?? 'open'));
    };
    const page = (hash: string) => provided(h(Review, { hash }));
    render(page(HASH));
    await shows('open');
    expect(await decision?.approve({ comment: 'fine' })).toBeNull();
    await shows('Not found');
    render(page(NEWER));
    await eventually('the newer content', () => rendered === NEWER);
    expect((await decision?.reject())?.approvalId).toBe('a1');
    expect(server.calls.map(({ params }) => params)).toEqual([
      { approvalId: 'a1', decision: 'approve', hash: HASH, comment: 'fine' },
      { approvalId: 'a1', decision: 'reject', hash: NEWER },
    ]);
  });

  it('say that they need a provider', () => {
    open();
    const Lonely = () => h('p', null, typeof useAssent());
    expect(() => renderToString(h(Lonely))).toThrow('There is no AssentProvider around this component');
  });
});
