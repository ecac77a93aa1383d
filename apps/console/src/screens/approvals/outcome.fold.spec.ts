import type { Frame } from '@assent/client';
import { OPEN, isFinal, withFrame } from './outcome.fold';

const IDS = { approvalId: 'a1', diffId: 'd2' };
const frame = (body: Readonly<Record<string, unknown>>) =>
  ({ runId: 'r1', seq: 1, at: 'now', step: 1, clientTraceId: null, ...body }) as unknown as Frame;
const applied = { type: 'diff.applied', diffId: 'd2', hash: 'h', files: ['a'], written: true };

describe('what becomes of an approved change', () => {
  it('is applied by the frame of its diff alone', () => {
    expect(withFrame(OPEN, frame({ ...applied, diffId: 'd1' }), IDS)).toBe(OPEN);
    expect(withFrame(OPEN, frame(applied), IDS)).toEqual({ kind: 'applied', files: ['a'], written: true, at: 'now' });
  });

  it('is stale with the offer of the server', () => {
    const offer = { diffId: 'd3', revision: 3, hash: 'h3', origin: 'rebase' };
    const files = [{ path: 'a', state: 'changed' }];
    expect(withFrame(OPEN, frame({ type: 'diff.stale', diffId: 'd2', hash: 'h', files, offer }), IDS)).toEqual({
      kind: 'stale',
      files,
      offer,
      at: 'now',
    });
  });

  it('stays open while the run is retried', () => {
    const error = { reason: 'disk_unavailable', message: 'no disk' };
    const retrying = withFrame(OPEN, frame({ type: 'run.retrying', error, attempts: 5 }), IDS);
    expect(retrying).toEqual({ kind: 'retrying', message: 'no disk' });
    expect(isFinal(retrying)).toBe(false);
    expect(withFrame(retrying, frame(applied), IDS).kind).toBe('applied');
  });

  it('stays as it is once it is final', () => {
    const done = withFrame(OPEN, frame(applied), IDS);
    expect(isFinal(done)).toBe(true);
    expect(withFrame(done, frame({ type: 'run.failed', error: { reason: 'x', message: 'y' } }), IDS)).toBe(done);
  });

  it('fails with its run', () => {
    const error = { reason: 'x', message: 'the run failed' };
    expect(withFrame(OPEN, frame({ type: 'run.failed', error }), IDS)).toEqual({
      kind: 'failed',
      message: 'the run failed',
    });
    expect(withFrame(OPEN, frame({ type: 'approval.voided', approvalId: 'a1', reason: 'a fact' }), IDS)).toEqual({
      kind: 'voided',
      reason: 'a fact',
    });
  });
});
