import './dom.mjs';
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { StrictMode, createElement as h, version } from 'react';
import { AssentProvider, useDecision, useRun } from '@assent/client/react';
import { ReplayServer } from '@assent/client/testing';

const HASH = `sha256:${'1'.repeat(64)}`;
const frame = (seq, type, body) => ({
  runId: 'r1',
  seq,
  at: '2026-03-02T08:00:00.000Z',
  type,
  step: 1,
  clientTraceId: null,
  ...body,
});
const STARTED = frame(1, 'run.started', { goal: 'Restore', workspace: 'example', requester: 'developer' });
const ASKED = frame(2, 'approval.requested', {
  approvalId: 'a1',
  diffId: 'd1',
  requestId: 'req_1',
  hash: HASH,
  rule: 'default',
  expiresAt: '2026-03-03T08:00:00.000Z',
});

function Review() {
  const { goal, approval } = useRun('r1');
  return h('main', null, h('h1', null, goal), approval && h(Decide, { approval }));
}

function Decide({ approval }) {
  const { approve, decided } = useDecision(approval);
  return h('button', { onClick: () => void approve() }, decided ? 'Approved' : 'Approve');
}

afterEach(cleanup);

test(`React ${version}: a run is shown live and approved by a click on what is shown, over one connection`, async () => {
  const server = new ReplayServer({ 'approval/decide': ({ approvalId }) => ({ approvalId, state: 'approved' }) });
  const app = h(StrictMode, null, h(AssentProvider, { client: server.client() }, h(Review)));
  const { unmount } = render(app);
  server.play([STARTED, ASKED]);
  fireEvent.click(await screen.findByText('Approve'));
  await screen.findByText('Approved');
  assert.deepEqual(server.calls.at(-1).params, { approvalId: 'a1', decision: 'approve', hash: HASH });
  assert.equal(screen.getByRole('heading').textContent, 'Restore');
  assert.equal(server.opened, 1);
  unmount();
  await waitFor(() => assert.equal(server.open, 0));
});
