import { chmod, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FINISHES, ModelScene } from '../support/model-scene';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, seen } from '../support/frames';
import { playing } from '../support/model-script';
import { decide, startPending } from '../support/pending';

const PATH = 'config/setup.ini';
const CRLF = '\ufeff[main]\r\ntimeout=3\r\n';

describe('the form of a file that is changed', () => {
  let scene: ModelScene;

  beforeAll(async () => {
    scene = await ModelScene.open();
  });
  afterAll(() => scene.close());

  const offered = async (diffId: string, approvalId: string, requested: readonly unknown[]) => {
    const { developer, reviewer } = scene.replica;
    const { files, flags } = await developer.call('diff/get', { diffId });
    const rest = (await (await reviewer.fetch(`/approvals/${approvalId}/diff`)).json()) as { files: unknown[] };
    const approval = await reviewer.call('approval/get', { approvalId });
    expect([rest.files, approval.files, requested]).toEqual([files, files, files]);
    return { changes: files[0]?.changes, added: flags.filter(({ added }) => added) };
  };

  it('is named on the diff where the caller of start gave the bytes, and applied as approved', async () => {
    const { developer, reviewer } = scene.replica;
    await scene.stage.write(PATH, CRLF);
    await chmod(join(scene.stage.folder, PATH), 0o750);
    const pending = await startPending(developer, PATH, '[main]\ntimeout=3000');
    const created = frameOf(pending.frames, 'diff.created');
    expect(await offered(pending.diffId, pending.approvalId, created['files'] as unknown[])).toEqual({
      changes: [
        { kind: 'line_ends', before: 'crlf', after: 'lf' },
        { kind: 'bom', before: true, after: false },
        { kind: 'final_newline', before: true, after: false },
      ],
      added: [],
    });
    await decide(reviewer, pending, 'approve');
    await seen(developer, pending.runId, 'run.completed');
    expect(await scene.stage.read(PATH)).toBe('[main]\ntimeout=3000');
    expect((await stat(join(scene.stage.folder, PATH))).mode & 0o7777).toBe(0o750);
  });

  it('is kept where a model wrote the text, and named where the model wants the bytes as given', async () => {
    const { developer, reviewer } = scene.replica;
    await scene.stage.write(PATH, CRLF);
    const writes = (args: object) => ({
      text: ['Three seconds.'],
      calls: [{ name: 'file_write', args: { path: PATH, content: '[main]\ntimeout=3000\n', ...args } }],
    });
    scene.endpoint.script(playing([{ plan: writes({ exact: true }) }, { plan: writes({}) }, { plan: FINISHES }]));
    const runId = await scene.start();
    const exact = await seen(developer, runId, 'diff.created');
    expect(exact['files']).toMatchObject([{ changes: [{ kind: 'line_ends' }, { kind: 'bom' }] }]);
    await decide(reviewer, await scene.pendingOf(runId), 'reject', { comment: 'Keep the line ends.' });
    const second = await eventually('the second change is asked for', async () => {
      const frames = (await framesOf(developer, runId)).filter(({ step }) => step === 2);
      return frames.some(({ type }) => type === 'approval.requested') && frames;
    });
    expect(frameOf(second, 'diff.created')['files']).toEqual([
      expect.not.objectContaining({ changes: expect.anything() as unknown }),
    ]);
    const { approvalId, hash } = frameOf(second, 'approval.requested');
    await decide(reviewer, { approvalId: String(approvalId), hash: String(hash) }, 'approve');
    await seen(developer, runId, 'run.completed');
    expect(await scene.stage.read(PATH)).toBe('\ufeff[main]\r\ntimeout=3000\r\n');
  });
});
