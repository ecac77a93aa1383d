import fc from 'fast-check';
import { EMPTY_VIEW, reduce, viewOf } from '@assent/client';
import { CHECKPOINT_EVERY, FrameLog, lastSeqOf, type LogFrame } from './frame.log';
import { framesOf, type Told } from './testing/frames';

/** Runs that repeat what the fold treats differently: steps, attempts, facts, approvals and unknown types. */
const told: fc.Arbitrary<Told> = fc.oneof(
  fc.record({ type: fc.constant('trace.delta'), text: fc.string({ maxLength: 8 }), attempt: fc.nat(2) }),
  fc.record({ type: fc.constant('assumption.added'), assumptionId: fc.constantFrom('a1', 'a2'), p: fc.constant(0.5) }),
  fc.record({ type: fc.constant('assumption.resolved'), assumptionId: fc.constant('a1'), truth: fc.boolean() }),
  fc.record({
    type: fc.constant('tool.proposed'),
    callId: fc.constantFrom('c1', 'c2'),
    tool: fc.constant('file.read'),
  }),
  fc.record({ type: fc.constant('run.waiting'), for: fc.constant('approval'), requestId: fc.constant('req_1') }),
  fc.record({ type: fc.constant('run.resumed'), reason: fc.constant('decision') }),
  fc.record({ type: fc.constantFrom('of.tomorrow', 'step+1') }),
);
const frames = fc.array(told, { maxLength: 60 }).map(framesOf);

describe('FrameLog', () => {
  it('has the view of all frames, however they came: any prefix and the rest are the whole', () => {
    fc.assert(
      fc.property(frames, fc.nat(60), fc.nat(60), (all, cut, overlap) => {
        const log = new FrameLog();
        log.append(all.slice(0, cut));
        // A reconnect may bring frames again.
        log.append(all.slice(Math.max(0, cut - overlap)));
        expect(log.frames).toEqual(all);
        expect(log.view).toEqual(viewOf(all));
      }),
    );
  });

  it('gives the same view for a moment as a fold up to it, in any order of moments', () => {
    const long = framesOf(
      Array.from({ length: CHECKPOINT_EVERY * 3 + 7 }, (_, index): Told => {
        if (index % 97 === 96) return { type: 'step+1' };
        return { type: 'trace.delta', text: String(index), attempt: index % 3 };
      }),
    );
    const log = new FrameLog();
    log.append(long);
    const folds: unknown[] = [EMPTY_VIEW];
    long.forEach((frame, index) => folds.push(reduce(folds[index] as typeof EMPTY_VIEW, frame)));
    fc.assert(
      fc.property(fc.array(fc.nat(long.length), { maxLength: 20 }), (moments) => {
        for (const seq of moments) expect(log.at(seq)).toEqual(folds[seq]);
      }),
      { numRuns: 30 },
    );
  });

  it('starts at the oldest frame that is left', () => {
    const log = new FrameLog();
    log.append(framesOf(Array.from({ length: 9 }, () => ({ type: 'trace.delta', text: 'x' }))).slice(5));
    expect(log.first).toBe(6);
    expect(log.countTo(5)).toBe(0);
    expect(log.countTo(7)).toBe(2);
    expect(log.at(5)).toEqual(EMPTY_VIEW);
    expect(log.at(7).seq).toBe(7);
  });

  it('says where a step ends', () => {
    const all: LogFrame[] = framesOf([{ type: 'trace.delta', text: '1' }, { type: 'step+1' }, { type: 'step+1' }]);
    expect(lastSeqOf(all, 1)).toBe(1);
    expect(lastSeqOf(all, 3)).toBe(3);
    expect(lastSeqOf(all, 9)).toBeNull();
  });
});
