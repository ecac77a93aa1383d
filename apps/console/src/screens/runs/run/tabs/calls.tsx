import { useState } from 'preact/hooks';
import type { CallView, RunView } from '@assent/client';
import type { PlanStep } from '@assent/contract';
import { bytes, duration } from '../../../../format';
import { Chip, type Tone } from '../../../../parts/chip';
import { Empty } from '../../../../parts/empty';
import { Code } from '../../../../parts/raw';
import { Spelled } from '../../../../parts/spelled';
import { RUN } from '../texts';

const TEXTS = RUN.calls;
const LOOKS: Readonly<Record<CallView['state'], Tone>> = {
  proposed: 'neutral',
  started: 'info',
  completed: 'good',
  failed: 'bad',
};
/** Calls in the page at first; older ones on demand. */
const SHOWN = 50;
const LONG_CHARS = 4_000;

/** Every call of a tool, newest first, with what the guard said and what came back. */
export default function CallsTab({ view }: { readonly view: RunView }) {
  const [max, setMax] = useState(SHOWN);
  const { calls, plan } = view;
  if (calls.length === 0 && plan.length === 0) {
    return <Empty icon="tool" title={TEXTS.empty} text={TEXTS.emptyText} />;
  }
  const newest = calls.slice(-max).toReversed();
  return (
    <div class="run-calls">
      {plan.length > 0 && <Plan steps={plan} />}
      {newest.map((call) => (
        <Call key={call.callId} of={call} />
      ))}
      {calls.length > newest.length && (
        <button type="button" class="link" onClick={() => setMax(max + SHOWN)}>
          {RUN.frames.shown(String(newest.length), String(calls.length))}
        </button>
      )}
    </div>
  );
}

function Plan({ steps }: { readonly steps: readonly PlanStep[] }) {
  return (
    <section class="run-card">
      <h2>{TEXTS.plan}</h2>
      <ol class="run-plan">
        {steps.map(({ id, tool, summary, state }) => (
          <li key={id} data-state={state}>
            <span class="muted">{TEXTS.planStates[state]}</span> <Spelled text={summary} /> <code>{tool}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Call({ of }: { readonly of: CallView }) {
  const { tool, step, state, guard, args, output, error, durationMs } = of;
  const isDenied = guard?.verdict === 'deny';
  return (
    <article class="run-card run-call">
      <header class="run-call-head">
        <h2>
          <code>
            <Spelled text={tool} />
          </code>
        </h2>
        <Chip tone={isDenied ? 'bad' : LOOKS[state]}>{isDenied ? TEXTS.denied : TEXTS.states[state]}</Chip>
        <span class="muted num">
          {RUN.timeline.step(step)}
          {durationMs !== null && ` · ${duration(durationMs)}`}
        </span>
      </header>
      {guard && (
        <p class="muted">
          {TEXTS.guard}: {TEXTS.verdicts[guard.verdict]} (<code>{guard.rule}</code>). <Spelled text={guard.reason} />
        </p>
      )}
      {error && (
        <p class="run-error">
          <Spelled text={error.message} /> <code>{error.reason}</code>
        </p>
      )}
      {Object.keys(args).length > 0 && <Block label={TEXTS.args} value={args} />}
      {output !== undefined && <Block label={TEXTS.output} value={output} isOpen />}
    </article>
  );
}

/** Of a long value only the start, until somebody wants all of it. */
function Block(props: { readonly label: string; readonly value: unknown; readonly isOpen?: boolean }) {
  const { label, value, isOpen = false } = props;
  const [isWhole, setWhole] = useState(false);
  const text = textOf(value);
  const isCut = text.length > LONG_CHARS && !isWhole;
  return (
    <details class="run-details" open={isOpen}>
      <summary>{label}</summary>
      <Code text={isCut ? `${text.slice(0, LONG_CHARS)}…` : text} label={label} />
      {isCut && (
        <button type="button" class="link" onClick={() => setWhole(true)}>
          {TEXTS.long(bytes(text.length))}
        </button>
      )}
    </details>
  );
}

/** Texts as they are, other values as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, null, 2);
}
