import { eventually } from './eventually';
import { runLimited } from './limited-command';

describe('a command with a deadline', () => {
  it('answers with its stdout', async () => {
    expect(await runLimited('sh', ['-c', 'echo out; echo err >&2'], { withinMs: 60_000 })).toBe('out\n');
  });

  it('fails with its output when it fails', async () => {
    const failing = runLimited('sh', ['-c', 'echo why >&2; exit 3'], { withinMs: 60_000 });
    await expect(failing).rejects.toThrow(/^sh -c .* ended with 3:\nwhy\n$/s);
  });

  it('fails when the program does not exist', async () => {
    await expect(runLimited('no-such-program', [], { withinMs: 60_000 })).rejects.toThrow('did not start');
  });

  it('is ended with its children at the deadline, and says what it last wrote', async () => {
    const hanging = runLimited('sh', ['-c', 'sleep 1000 & echo "child $!"; wait'], { withinMs: 1_000 });
    const error = await hanging.then(
      () => new Error('it ended'),
      (reason: unknown) => reason as Error,
    );
    const [, child] = /was still running after 1 s:\nchild (\d+)\n$/.exec(error.message) ?? [];
    await eventually('its child is gone', () => {
      try {
        return !process.kill(Number(child), 0);
      } catch {
        return true;
      }
    });
  });
});
