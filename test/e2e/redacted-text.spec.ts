import type { StartParams } from '@assent/contract';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide } from '../support/pending';
import { Stage, type Replica } from '../support/stage';

const SECRET = 'tGzv3JOkF0XG5Qx2TlKWIA7';
const SAID = `Authorization: Bearer ${SECRET}`;
const PARAMS: StartParams = {
  goal: `Call it with ${SAID}`,
  workspace: 'example',
  memory: false,
  trace: [`It answers to this header.\n${SAID}\n`],
  beliefs: {
    assumptions: [{ id: 'a1', text: `The service takes DB_PASSWORD=${SECRET}`, p: 0.6 }],
    associations: [{ assumptionId: 'a1', value: true, actionId: 'w' }],
    gains: [
      { actionId: 'w', gain: 0.9, when: { a1: true } },
      { actionId: 'w', gain: 0.8, when: {} },
    ],
  },
  actions: [
    {
      id: 'w',
      kind: 'tool',
      tool: 'file.write',
      args: { path: 'call.txt', content: `${SAID}\n` },
      label: `Write ${SAID}`,
    },
    { id: 'r', kind: 'tool', tool: 'file.write', args: { path: 'other.txt', content: `TOKEN=${SECRET} ${SAID}` } },
    { id: 'q', kind: 'ask', question: `Is it ${SAID}?` },
  ],
};

describe('What a requester wrote', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  it('is redacted in every view and executed unchanged', async () => {
    const { developer, reviewer } = server;
    const { runId } = await developer.call('start', PARAMS);
    await framesUntil(developer, runId, 'run.waiting');
    const [approval] = await stage.rows<{ id: string; hash: string }>(
      'select id, hash from approvals where run_id = $1',
      [runId],
    );
    const { id, hash } = approval ?? { id: '', hash: '' };
    const text = async (path: string, accept = 'application/json') =>
      (await reviewer.fetch(path, { headers: { accept } })).text();
    const shown = {
      'tree/get': JSON.stringify(await developer.call('tree/get', { runId })),
      'run/get': JSON.stringify(await developer.call('run/get', { runId })),
      'run/list': JSON.stringify(await developer.call('run/list', {})),
      stream: JSON.stringify(await developer.call('stream', { runId })),
      'approval/get': JSON.stringify(await developer.call('approval/get', { approvalId: id })),
      'approval/list': JSON.stringify(await developer.call('approval/list', {})),
      frames: await text(`/runs/${runId}/frames`),
      runs: await text('/runs'),
      run: await text(`/runs/${runId}`),
      tree: await text(`/runs/${runId}/tree`),
      mermaid: await text(`/runs/${runId}/tree`, 'text/vnd.mermaid'),
      graphviz: await text(`/runs/${runId}/tree`, 'text/vnd.graphviz'),
      approvals: await text('/approvals'),
      approval: await text(`/approvals/${id}`),
      inbox: await text('/approvals/events'),
    };
    for (const [surface, body] of Object.entries(shown)) {
      expect([surface, body.toLowerCase().includes(SECRET.toLowerCase()), body.length > 50]).toEqual([
        surface,
        false,
        true,
      ]);
    }
    expect(shown['tree/get']).toContain('Write Authorization: [redacted]');
    expect((await decide(reviewer, { approvalId: id, hash }, 'approve')).status).toBe(200);
    await eventually('the change is applied', async () => (await stage.read('call.txt')) === `${SAID}\n`);
  });
});
