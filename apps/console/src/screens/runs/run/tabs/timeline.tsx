import { duration, percent } from '../../../../format';
import { Empty } from '../../../../parts/empty';
import type { LogFrame } from '../frame.log';
import { RUN } from '../texts';
import { timelineOf, type Span, type StepTimeline } from '../timeline';
import { useSeconds } from '../../../../parts/seconds';

const TEXTS = RUN.timeline;
/** A span that took no time to speak of is still seen. */
const MIN_SHARE = 0.008;

/** Where the time of each step went. */
export default function TimelineTab(props: {
  readonly frames: readonly LogFrame[];
  readonly isScrubbed: boolean;
  readonly onStep: (step: number) => void;
  readonly onSeq: (seq: number) => void;
}) {
  const { frames, isScrubbed, onStep, onSeq } = props;
  const steps = timelineOf(frames);
  if (steps.length === 0) return <Empty icon="clock" title={RUN.frames.none} text={TEXTS.empty} />;
  return (
    <div class="run-timeline">
      {steps.map((step) => (
        <Step
          key={step.step}
          of={step}
          isOpen={step.isOpen && !isScrubbed}
          lastAt={frames.at(-1)?.at ?? ''}
          onStep={onStep}
          onSeq={onSeq}
        />
      ))}
    </div>
  );
}

function Step(props: {
  readonly of: StepTimeline;
  readonly isOpen: boolean;
  readonly lastAt: string;
  readonly onStep: (step: number) => void;
  readonly onSeq: (seq: number) => void;
}) {
  const { of, isOpen, lastAt, onStep, onSeq } = props;
  const nowMs = useSeconds(isOpen);
  const spans = isOpen ? withNow(of.spans, Date.parse(lastAt), nowMs) : of.spans;
  const work = sum(spans.filter(({ waitsFor }) => waitsFor === null));
  const wait = sum(spans.filter(({ waitsFor }) => waitsFor !== null));
  return (
    <section class="run-step" aria-label={TEXTS.step(of.step)}>
      <header class="section-head">
        <h2>
          <button type="button" class="link" title={TEXTS.show} onClick={() => onStep(of.step)}>
            {TEXTS.step(of.step)}
          </button>
        </h2>
        <span class="muted num">
          {duration(work)} {TEXTS.work}
          {wait > 0 && `, ${duration(wait)} ${TEXTS.waited}`}
        </span>
      </header>
      <div class="run-lane" aria-hidden="true">
        {spans.map((span, index) => (
          <span
            key={index}
            class={span.waitsFor === null ? `run-span run-span-${span.phase}` : 'run-span run-span-wait'}
            style={span.waitsFor === null ? { flexGrow: Math.max(MIN_SHARE, lengthOf(span) / Math.max(1, work)) } : {}}
          >
            {span.waitsFor !== null && duration(lengthOf(span))}
          </span>
        ))}
      </div>
      <div class="table-box">
        <table class="table run-spans">
          <thead>
            <tr>
              <th>{TEXTS.phase}</th>
              <th class="num">{TEXTS.took}</th>
              <th class="num run-wide">{TEXTS.share}</th>
              <th>{TEXTS.log}</th>
            </tr>
          </thead>
          <tbody>
            {spans.map((span, index) => (
              <tr key={index}>
                <td>
                  <span
                    class={`run-key ${span.waitsFor === null ? `run-span-${span.phase}` : 'run-span-wait'}`}
                    aria-hidden="true"
                  />
                  {nameOf(span)}
                  {isOpen && index === spans.length - 1 && <span class="muted"> {TEXTS.now}</span>}
                </td>
                <td class="num">{duration(lengthOf(span))}</td>
                <td class="num run-wide">
                  {span.waitsFor === null && work > 0 ? percent(lengthOf(span) / work) : '–'}
                </td>
                <td>
                  <button type="button" class="link num" onClick={() => onSeq(span.toSeq)}>
                    {TEXTS.frames(span.fromSeq, span.toSeq)}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The newest span of an open step lasts until now. */
function withNow(spans: readonly Span[], lastMs: number, nowMs: number): readonly Span[] {
  const last = spans.at(-1);
  if (!last || nowMs <= lastMs) return spans;
  return [...spans.slice(0, -1), { ...last, endMs: nowMs }];
}

function nameOf({ phase, waitsFor }: Span): string {
  if (waitsFor === null) return TEXTS.phases[phase];
  return waitsFor in TEXTS.waits ? TEXTS.waits[waitsFor as keyof typeof TEXTS.waits] : TEXTS.waiting;
}

function lengthOf({ startMs, endMs }: Span): number {
  return endMs - startMs;
}

function sum(spans: readonly Span[]): number {
  return spans.reduce((total, span) => total + lengthOf(span), 0);
}
