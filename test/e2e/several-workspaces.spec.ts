import type { Caller } from '../support/caller';
import { framesUntil } from '../support/frames';
import { writePlan } from '../support/plans';
import { Stage } from '../support/stage';

const SEVERAL = {
  code: -32602,
  message: expect.stringContaining('There are several workspaces. Name one of shop, docs as "workspace".') as string,
  data: { pointer: '/workspace' },
};

describe('a server with several workspaces', () => {
  let stage: Stage;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer } = await stage.start({ WORKSPACES: `shop=${stage.folder},docs=${stage.folder}` }));
  });
  afterAll(() => stage.close());

  it('refuses a start that names none of them, and stores nothing', async () => {
    const unnamed = Object.entries(writePlan('a.txt', 'x')).filter(([name]) => name !== 'workspace');
    expect(await developer.fail('start', Object.fromEntries(unnamed))).toMatchObject(SEVERAL);
    expect(await stage.rows('select from runs')).toEqual([]);
  });

  it('starts in the one that is named', async () => {
    const { runId } = await developer.call('start', writePlan('a.txt', 'x', { workspace: 'docs' }));
    expect((await framesUntil(developer, runId, 'run.waiting'))[0]).toMatchObject({ workspace: 'docs' });
  });

  it('does not guess where a call would be made either', async () => {
    const call = { tool: 'file.read', args: { path: 'a.txt' } };
    expect(await developer.fail('tool/check', call)).toMatchObject(SEVERAL);
    expect((await developer.post('/tools/check', call)).status).toBe(400);
    expect(await developer.call('tool/check', { ...call, workspace: 'shop' })).toMatchObject({ problems: [] });
  });
});
