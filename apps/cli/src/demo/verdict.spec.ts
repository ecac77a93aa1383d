import { createHash } from 'node:crypto';
import type { Frame, RunResult } from '@assent/contract';
import type { Decision, StoryEnd } from './story';
import { changedLines, judge, type Evidence } from './verdict';

const PATH = 'config/payments.yaml';
const BEFORE = 'timeout_ms: 3\n';
const AFTER = 'timeout_ms: 3000\n';
const HASH_OF_AFTER = `sha256:${createHash('sha256').update(AFTER).digest('hex')}`;

function reported(kind: RunResult['kind'], approved: boolean | null = true): StoryEnd {
  const decision = { approved, approval: {}, diff: { files: [{ path: PATH, resultHash: HASH_OF_AFTER }] } };
  const ending = { type: 'run.completed', result: { kind, actionId: 'restore-timeout' } };
  return { runId: 'r', ending: ending as Frame, decision: decision as unknown as Decision };
}

function evidence(after: string): Evidence {
  return { path: PATH, before: BEFORE, after };
}

describe('the verdict on a run', () => {
  it('is success when the file has exactly the approved content', () => {
    expect(judge(reported('applied'), evidence(AFTER))).toMatchObject({ outcome: 'success', worked: true });
  });

  it.each([BEFORE, 'timeout_ms: 30\n'])('is failure when the run says applied and the file says %j', (after) => {
    expect(judge(reported('applied'), evidence(after))).toMatchObject({ outcome: 'failure', worked: false });
  });

  it('is a demo that worked, but no lesson, when the fix was in place already', () => {
    expect(judge(reported('unchanged'), evidence(BEFORE))).toMatchObject({ outcome: 'abandoned', worked: true });
  });

  it('takes a no of a person for an answer, and silence for none', () => {
    expect(judge(reported('rejected', false), evidence(BEFORE))).toMatchObject({ outcome: 'failure', worked: true });
    expect(judge(reported('rejected', null), evidence(BEFORE))).toMatchObject({ outcome: 'abandoned', worked: false });
  });

  it('is failure when a rejected change is found in the file', () => {
    expect(judge(reported('rejected', false), evidence(AFTER))).toMatchObject({ outcome: 'failure', worked: false });
  });

  it('is failure when the run chose something else or did not complete', () => {
    expect(judge(reported('finished'), evidence(BEFORE))).toMatchObject({ worked: false });
    const ending = { type: 'run.failed', error: { reason: 'stale', message: 'changed underneath' } } as Frame;
    expect(judge({ runId: 'r', ending, decision: null }, evidence(BEFORE)).text).toContain('changed underneath');
  });
});

it('names the lines that differ', () => {
  expect(changedLines('a\nb\nc\n', 'a\nB\nc\nd\n')).toEqual({
    removed: ['2: b'],
    added: ['2: B', '4: d'],
  });
});
