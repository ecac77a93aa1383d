import { getEventListeners } from 'node:events';
import { AssentError } from '@assent/contract';
import { runAbandoning, runToTheEnd } from './tool.runner';

const never = new AbortController().signal;
const limits = (changes: object = {}) => ({ tool: 'file.read', deadlineMs: 60_000, signal: never, ...changes });
const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

describe.each([
  ['runAbandoning', runAbandoning],
  ['runToTheEnd', runToTheEnd],
])('%s', (_, run) => {
  it("returns the tool's output, and leaves no timer and no listener behind", async () => {
    const controller = new AbortController();
    const before = timers();
    expect(await run(limits({ signal: controller.signal }), async () => Promise.resolve(42))).toBe(42);
    expect([timers(), getEventListeners(controller.signal, 'abort')]).toEqual([before, []]);
  });

  it('passes on an AssentError of the tool, and hides anything else behind one that names the tool', async () => {
    const own = new AssentError('not_found', 'no such file');
    const odd = new Error('/etc/passwd is missing');
    await expect(run(limits(), async () => Promise.reject(own))).rejects.toBe(own);
    await expect(run(limits(), async () => Promise.reject(odd))).rejects.toMatchObject({
      reason: 'internal',
      message: 'The tool file.read failed inside the server. Try again; if it stays, report it.',
      details: { tool: 'file.read' },
      cause: odd,
    });
  });

  it('aborts the signal at the deadline and ends with timeout', async () => {
    let reason: unknown;
    const tool = async (signal: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(new Error('stopped'));
        });
      });
    await expect(run(limits({ deadlineMs: 1 }), tool)).rejects.toMatchObject({
      reason: 'timeout',
      retryable: true,
      details: { tool: 'file.read' },
    });
    expect(reason).toMatchObject({ reason: 'timeout' });
  });

  it("ends with the caller's reason when the caller aborts", async () => {
    const controller = new AbortController();
    const why = new AssentError('draining', 'shutting down');
    const tool = async (signal: AbortSignal) => {
      controller.abort(why);
      return Promise.reject(signal.reason as Error);
    };
    await expect(run(limits({ signal: controller.signal }), tool)).rejects.toBe(why);
  });

  it('does not begin when the caller has aborted before', async () => {
    const tool = jest.fn();
    await expect(run(limits({ signal: AbortSignal.abort(new Error('gone')) }), tool)).rejects.toThrow('gone');
    expect(tool).not.toHaveBeenCalled();
  });
});

describe('a tool that ignores its signal', () => {
  it('is abandoned by runAbandoning at the deadline, and later results are ignored', async () => {
    let finish: (() => void) | undefined;
    const tool = async () =>
      new Promise<string>((_, reject) => {
        finish = () => {
          reject(new Error('late'));
        };
      });
    await expect(runAbandoning(limits({ deadlineMs: 1 }), tool)).rejects.toMatchObject({ reason: 'timeout' });
    finish?.();
  });

  it('is waited for by runToTheEnd', async () => {
    let late = false;
    const tool = async (signal: AbortSignal) =>
      new Promise<string>((resolve) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            late = true;
            resolve('done');
          }),
        );
      });
    expect([await runToTheEnd(limits({ deadlineMs: 1 }), tool), late]).toEqual(['done', true]);
  });
});
