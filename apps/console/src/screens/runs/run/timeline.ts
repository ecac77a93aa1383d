import type { Phase } from '@assent/contract';
import type { LogFrame } from './frame.log';

/** Time between two moments of a step that was spent in one phase, or in waiting. */
export interface Span {
  readonly phase: Phase;
  /** Whom the run waited for; null: it worked. */
  readonly waitsFor: string | null;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface StepTimeline {
  readonly step: number;
  readonly spans: readonly Span[];
  readonly workMs: number;
  readonly waitMs: number;
  /** The run is in this step, and has not ended. */
  readonly isOpen: boolean;
}

const TERMINAL = new Set(['run.completed', 'run.failed', 'run.cancelled']);
/** The words before the first dot of the types that belong to a phase by themselves. */
const PHASE_OF: Readonly<Record<string, Phase>> = {
  memory: 'plan',
  trace: 'plan',
  search: 'plan',
  assumption: 'plan',
  tree: 'plan',
  path: 'plan',
  plan: 'plan',
  tool: 'act',
  diff: 'act',
  approval: 'approve',
};
const APPLY = new Set(['diff.applied', 'diff.stale', 'diff.rejected']);

/**
 * What the time of each step was spent on. The time before a frame counts for the phase of that frame, because its work
 * led to the frame; time between `run.waiting` and `run.resumed` is waiting.
 */
export function timelineOf(frames: Iterable<LogFrame>): StepTimeline[] {
  const steps: { step: number; spans: Span[] }[] = [];
  let phase: Phase = 'plan';
  let waitsFor: string | null = null;
  let isApproved = false;
  let isEnded = false;
  let before: { readonly ms: number; readonly seq: number } | null = null;
  for (const frame of frames) {
    const ms = Date.parse(frame.at);
    let current = steps.at(-1);
    if (!current || frame.step > current.step) {
      current = { step: frame.step, spans: [] };
      steps.push(current);
      phase = 'plan';
      waitsFor = null;
      isApproved = false;
    }
    if (frame.type === 'approval.decided') isApproved = true;
    // A fact about the run, or its outcome, may come long after the end.
    if (!isEnded) {
      if (waitsFor === null) phase = phaseOf(frame.type, phase, isApproved);
      add(
        current.spans,
        { phase, waitsFor, fromSeq: before?.seq ?? frame.seq, toSeq: frame.seq },
        before?.ms ?? ms,
        ms,
      );
    }
    if (frame.type === 'run.waiting') waitsFor = String(frame['for' as keyof LogFrame]);
    // Frames of the decision come before `run.resumed`; the first of them ends the waiting.
    if (frame.type === 'run.resumed' || TERMINAL.has(frame.type)) waitsFor = null;
    isEnded ||= TERMINAL.has(frame.type);
    before = { ms, seq: frame.seq };
  }
  return steps.map(({ step, spans }, index) => ({
    step,
    spans,
    workMs: sumOf(spans, ({ waitsFor: waits }) => waits === null),
    waitMs: sumOf(spans, ({ waitsFor: waits }) => waits !== null),
    isOpen: !isEnded && index === steps.length - 1,
  }));
}

function phaseOf(type: string, current: Phase, isApproved: boolean): Phase {
  if (APPLY.has(type)) return 'apply';
  if (TERMINAL.has(type)) return isApproved ? 'apply' : current;
  const phase = PHASE_OF[type.slice(0, type.indexOf('.'))] ?? current;
  return isApproved && phase !== 'plan' ? 'apply' : phase;
}

/** Neighbours of one kind are one span. */
function add(spans: Span[], span: Omit<Span, 'startMs' | 'endMs'>, startMs: number, endMs: number): void {
  const last = spans.at(-1);
  if (last?.phase === span.phase && last.waitsFor === span.waitsFor) {
    spans[spans.length - 1] = { ...last, toSeq: span.toSeq, endMs };
  } else {
    spans.push({ ...span, startMs, endMs });
  }
}

function sumOf(spans: readonly Span[], counts: (span: Span) => boolean): number {
  return spans.filter(counts).reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
}
