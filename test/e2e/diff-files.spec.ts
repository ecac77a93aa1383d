import { join } from 'node:path';
import type { Approval, Diff, MethodResult } from '@assent/contract';
import { startPending, type Pending } from '../support/pending';
import { callPlan } from '../support/plans';
import { frameOf, framesOf, seen } from '../support/frames';
import { Stage, type Replica } from '../support/stage';

type File = MethodResult<'diff/file/get'>;

describe('the files and revisions of a change', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  const fileOf = async (diffId: string, path: string, side: string) => {
    const answer = await server.reviewer.fetch(`/diffs/${diffId}/files?path=${encodeURIComponent(path)}&side=${side}`);
    return { status: answer.status, etag: answer.headers.get('etag'), ...((await answer.json()) as File) };
  };

  it.each([
    ['lines in the middle', 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n', 'a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk2\nl\n'],
    ['no line break at the end', 'a\nb', 'a\nc'],
    ['a line break that comes and a text that goes', 'a\nb', 'a\n'],
    ['Windows line ends', 'a\r\nb\r\nc\r\n', 'a\r\nB\r\nc\r\n'],
    ['a text that is emptied', 'a\n', ''],
    ['a line like the first one of a patch', 'x\ndiff --git a/x b/x\ny\n', 'x\ndiff --git a/x b/x\n--- z\n'],
  ])('have the whole text on both sides: %s', async (what, base, proposed) => {
    const path = `sides ${what}.txt`;
    await stage.write(path, base);
    const { diffId } = await startPending(server.developer, path, proposed);
    const [before, after] = [await fileOf(diffId, path, 'base'), await fileOf(diffId, path, 'proposed')];
    expect([before.content, after.content]).toEqual([base, proposed]);
    const [change] = (await server.developer.call('diff/get', { diffId })).files;
    expect([before.hash, after.hash]).toEqual([change?.baseHash, change?.resultHash]);
    expect([before.etag, after.etag]).toEqual([`"${before.hash}"`, `"${after.hash}"`]);
    // What may stand in the workspace meanwhile is another text.
    await stage.write(path, 'changed meanwhile');
    expect((await fileOf(diffId, path, 'base')).content).toBe(base);
  });

  it('are shown with as many unchanged lines as a reviewer asks for, as the same content', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index + 1}`);
    const changed = lines.map((line, index) => (index === 4 || index === 24 ? `${line}!` : line));
    await stage.write('long.txt', `${lines.join('\n')}\n`);
    const { approvalId } = await startPending(server.developer, 'long.txt', `${changed.join('\n')}\n`);
    const read = (query: string, accept = 'application/json') =>
      server.reviewer.fetch(`/approvals/${approvalId}/diff${query}`, { headers: { accept } });
    const [stored, wide] = await Promise.all([read(''), read('?context=8')]);
    expect(wide.headers.get('etag')).toBe(stored.headers.get('etag'));
    const [before, after] = [(await stored.json()) as Diff, (await wide.json()) as Diff];
    const headers = ({ hunks }: Diff) => hunks.map(({ header }) => header);
    expect(headers(before)).toEqual(['@@ -2,7 +2,7 @@', '@@ -22,7 +22,7 @@']);
    expect(headers(after)).toEqual(['@@ -1,13 +1,13 @@', '@@ -17,14 +17,14 @@']);
    expect(after.hash).toBe(before.hash);
    expect(await (await read('?context=8', 'text/x-diff')).text()).toBe(after.patch);
    expect((await server.reviewer.call('approval/diff/get', { approvalId, context: 8 })).patch).toBe(after.patch);
    expect((await read('?context=-1')).status).toBe(400);
  });

  it('have no text where there is no file, and none that the change does not touch', async () => {
    const { diffId } = await startPending(server.developer, 'created.txt', 'x');
    expect(await fileOf(diffId, 'created.txt', 'proposed')).toMatchObject({ status: 200, content: 'x' });
    expect((await fileOf(diffId, 'created.txt', 'base')).status).toBe(404);
    for (const path of ['README.md', '../README.md', '/etc/passwd', join(stage.folder, 'README.md')])
      expect([path, (await fileOf(diffId, path, 'base')).status]).toEqual([path, 404]);
    expect((await fileOf(diffId, 'created.txt', 'both')).status).toBe(400);
  });

  it('have the text of a moved file at both of its paths', async () => {
    await stage.write('old name.txt', 'one\ntwo\nthree\n');
    const patch = [
      '*** Begin Patch',
      '*** Update File: old name.txt',
      '*** Move to: new name.txt',
      '@@',
      ' one',
      '-two',
      '+TWO',
      ' three',
      '*** End Patch',
      '',
    ].join('\n');
    const { runId } = await server.developer.call('start', callPlan('file.patch_many', { patch }));
    const { diffId } = (await seen(server.developer, runId, 'approval.requested')) as unknown as Pending;
    expect((await fileOf(diffId, 'old name.txt', 'base')).content).toBe('one\ntwo\nthree\n');
    expect((await fileOf(diffId, 'new name.txt', 'proposed')).content).toBe('one\nTWO\nthree\n');
    expect((await fileOf(diffId, 'old name.txt', 'proposed')).status).toBe(404);
  });

  it('are listed revision by revision, and the last is compared with an earlier one', async () => {
    await stage.write('revised.txt', 'one\ntwo\nthree\n');
    const first = await startPending(server.developer, 'revised.txt', 'ONE\ntwo\nthree\n');
    const files = [{ path: 'revised.txt', content: 'ONE\ntwo\nTHREE\n' }];
    const revised = await server.reviewer.post(
      `/approvals/${first.approvalId}/revisions`,
      { files },
      { 'if-match': `"${first.hash}"` },
    );
    const { diffId, hash } = (await revised.json()) as Approval;
    const list = async (query = '') =>
      (await (
        await server.reviewer.fetch(`/approvals/${first.approvalId}/revisions${query}`)
      ).json()) as MethodResult<'approval/revision/list'>;
    const { items, comparison } = await list();
    expect(items).toMatchObject([
      { diffId: first.diffId, revision: 1, origin: 'run', author: null, state: 'superseded', hash: first.hash },
      { diffId, revision: 2, origin: 'content', author: 'reviewer', state: 'pending', hash },
    ]);
    expect(comparison).toBeNull();
    const compared = (await list(`?against=${first.diffId}`)).comparison;
    expect(compared).toMatchObject({ from: first.diffId, to: diffId });
    expect(compared?.patch).toContain('-three\n+THREE\n');
    expect(compared?.patch).not.toContain('-one');
    const other = await startPending(server.developer, 'other.txt', 'x');
    const { data } = await server.reviewer.fail('approval/revision/list', {
      approvalId: first.approvalId,
      against: other.diffId,
    });
    expect(data['type']).toBe('urn:assent:error:not-found');
  });

  it('are shown with the labels of their actions, from the first frame on', async () => {
    const { runId } = await startPending(server.developer, 'labelled.txt', 'x');
    const frames = await framesOf(server.developer, runId);
    const label = 'Write labelled.txt';
    expect(frameOf(frames, 'tree.built')['actions']).toEqual([
      { id: 'finish', kind: 'finish', label: 'finish' },
      { id: 'write', kind: 'tool', label },
    ]);
    for (const type of ['path.chosen', 'tool.proposed'])
      expect(frameOf(frames, type)).toMatchObject({ actionId: 'write', label });
    const scored = frames.filter(({ type }) => type === 'path.scored');
    const labels = new Map(
      (frameOf(frames, 'tree.built')['actions'] as { id: string; label: string }[]).map((action) => [
        action.id,
        action.label,
      ]),
    );
    for (const path of scored) expect(path['label']).toBe(labels.get(String(path['actionId'])));
    expect(scored.length).toBeGreaterThan(1);
  });
});
