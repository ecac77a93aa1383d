import { AssentError, type Effect } from '@assent/contract';
import { FakeStore, runOf } from '../testing/fakes';
import { DryRunner, type DryRuns } from './dry.runs';

const FILE = { path: 'a.txt', kind: 'modify', added: 2, removed: 1, baseHash: null, resultHash: null };

/** Dry runs of one scripted tool. `calls` counts its runs. */
class Scene {
  effect: Effect = 'write';
  answer: () => object = () => ({ unchanged: false, files: [FILE] });
  calls = 0;
  readonly abort = new AbortController();

  async runs(): Promise<DryRuns> {
    const tools = {
      findEffect: () => this.effect,
      dryRun: () => {
        this.calls += 1;
        return Promise.resolve().then(this.answer);
      },
    };
    const context = {
      run: runOf(),
      tools: () => Promise.resolve(tools),
      callOptions: (tainted: boolean) => ({
        ...new FakeStore().context(runOf()).callOptions(tainted),
        signal: this.abort.signal,
      }),
    };
    const observe = (_tool: string, _what: string, run: () => Promise<object>) => run();
    return new DryRunner({ observe } as never).of(context as never);
  }
}

describe('the dry runs of a step', () => {
  it('say what a change would do, and run each call once', async () => {
    const scene = new Scene();
    const runs = await scene.runs();
    const change = { files: [{ path: 'a.txt', kind: 'modify', added: 2, removed: 1 }], filesTotal: 1 };
    expect(await runs.run('file.write', { path: 'a.txt', content: 'x' })).toEqual({ change });
    expect(await runs.run('file.write', { content: 'x', path: 'a.txt' })).toEqual({ change });
    expect(scene.calls).toBe(1);
    expect(runs.draftOf({ tool: 'file.write', args: { path: 'a.txt', content: 'x' } })).toMatchObject({
      files: [FILE],
    });
    expect(runs.draftOf({ tool: 'file.write', args: { path: 'b.txt' } })).toBeUndefined();
    expect(runs.draftOf({})).toBeUndefined();
  });

  it('name at most sixteen files, and none where nothing would change', async () => {
    const scene = new Scene();
    scene.answer = () => ({ unchanged: false, files: Array.from({ length: 20 }, () => FILE) });
    const many = await (await scene.runs()).run('file.patch', {});
    expect(many).toMatchObject({ change: { filesTotal: 20 } });
    expect(many && 'change' in many ? many.change.files : []).toHaveLength(16);
    scene.answer = () => ({ unchanged: true });
    expect(await (await scene.runs()).run('file.patch', {})).toEqual({ change: { files: [], filesTotal: 0 } });
  });

  it('leave reads alone', async () => {
    const scene = new Scene();
    scene.effect = 'read';
    expect(await (await scene.runs()).run('file.read', {})).toBeNull();
    expect(scene.calls).toBe(0);
  });

  it('give the words of a tool that refuses, and throw what is a fault of the server or the end of the run', async () => {
    const scene = new Scene();
    const fails = (thrown: Error) => {
      scene.answer = () => {
        throw thrown;
      };
    };
    fails(new AssentError('invalid', 'The patch fits nowhere.'));
    const runs = await scene.runs();
    expect(await runs.run('file.patch', {})).toEqual({ problem: 'The patch fits nowhere.' });
    expect(runs.draftOf({ tool: 'file.patch', args: {} })).toBeUndefined();
    fails(new Error('a bug'));
    await expect(runs.run('file.patch', {})).rejects.toThrow('a bug');
    fails(new AssentError('invalid', 'Aborted.'));
    scene.abort.abort();
    await expect(runs.run('file.patch', {})).rejects.toThrow('Aborted.');
  });
});
