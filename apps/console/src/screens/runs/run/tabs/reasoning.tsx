import type { RunView, TraceChunk } from '@assent/client';
import { number } from '../../../../format';
import { Empty } from '../../../../parts/empty';
import { Spelled } from '../../../../parts/spelled';
import { RUN } from '../texts';

const TEXTS = RUN.reasoning;

/** The trace of all steps. What was voided stays, struck through. */
export default function ReasoningTab({ view }: { readonly view: RunView }) {
  const { chunks, omittedChars, isComplete } = view.trace;
  if (chunks.length === 0) return <Empty icon="memory" title={TEXTS.empty} text={TEXTS.emptyText} />;
  const steps = [...new Set(chunks.map(({ step }) => step))].map(
    (step) => [step, chunks.filter((chunk) => chunk.step === step)] as const,
  );
  return (
    <div class="run-reasoning">
      {omittedChars > 0 && <p class="notice">{TEXTS.omitted(number(omittedChars))}</p>}
      {steps.map(([step, parts]) => (
        <section key={step} class="section">
          <h2>{TEXTS.step(step)}</h2>
          {parts.map((chunk, index) => (
            <Chunk key={index} of={chunk} isFirst={parts[index - 1]?.channel !== chunk.channel} />
          ))}
        </section>
      ))}
      {!isComplete && view.state === 'running' && <p class="muted">{TEXTS.writing} …</p>}
    </div>
  );
}

function Chunk({ of, isFirst }: { readonly of: TraceChunk; readonly isFirst: boolean }) {
  const { channel, text, isVoid } = of;
  return (
    <>
      {isFirst && <h3 class="run-channel">{TEXTS.channels[channel]}</h3>}
      {isVoid ? (
        <p class="run-prose run-void">
          <span class="run-void-note">{TEXTS.voided}</span>
          <del>
            <Spelled text={text} />
          </del>
        </p>
      ) : (
        <p class={`run-prose run-prose-${channel}`}>
          <Spelled text={text} />
        </p>
      )}
    </>
  );
}
