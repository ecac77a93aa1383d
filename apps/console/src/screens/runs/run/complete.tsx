import { useState } from 'preact/hooks';
import type { RunView } from '@assent/client';
import type { Outcome } from '@assent/contract';
import { announce } from '../../../parts/announce';
import { Confirm } from '../../../parts/confirm';
import { Field } from '../../../parts/field';
import { keep, kept, useSeat } from '../../../session/session';
import { withTruth } from './answer';
import { Truth } from './question';
import { RUN } from './texts';

const TEXTS = RUN.complete;
const OUTCOMES = ['success', 'failure', 'abandoned'] as const satisfies Outcome[];
const MAX_NOTE = 4_000;

/** Records how a run ended, and says what memory will make of it. */
export default function CompleteDialog(props: {
  readonly runId: string;
  readonly view: RunView;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { runId, view, onClose, onDone } = props;
  const { client } = useSeat();
  const draft = `outcome ${runId}`;
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [score, setScore] = useState('');
  const [note, setNote] = useState(() => kept(draft));
  const [truths, setTruths] = useState<Readonly<Record<string, boolean>>>({});
  const value = score.trim() === '' ? null : Number(score);
  const isScoreWrong = value !== null && !(value >= 0 && value <= 1);
  const open = view.assumptions.filter(({ resolved, text }) => resolved === null && text !== null);
  const record = async (): Promise<void> => {
    if (outcome === null || isScoreWrong) return;
    const resolved = Object.entries(truths).map(([assumptionId, truth]) => ({ assumptionId, truth }));
    await client.call('complete', {
      runId,
      outcome,
      ...(value === null ? null : { score: value }),
      ...(note.trim() === '' ? null : { note: note.trim() }),
      ...(resolved.length === 0 ? null : { resolved }),
    });
    keep(draft, '');
    announce(TEXTS.done(outcome));
    onDone();
  };
  return (
    <Confirm
      open
      title={TEXTS.title}
      action={TEXTS.submit}
      disabled={outcome === null || isScoreWrong}
      scope="run:write"
      act={record}
      onClose={onClose}
    >
      <fieldset class="run-choices">
        <legend>{TEXTS.outcome}</legend>
        {OUTCOMES.map((name) => (
          <label key={name} class="check">
            <input
              type="radio"
              name="outcome"
              checked={outcome === name}
              autofocus={name === OUTCOMES[0]}
              onChange={() => setOutcome(name)}
            />
            <span>
              {TEXTS.outcomes[name][0]} <small class="muted">{TEXTS.outcomes[name][1]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <Field label={TEXTS.score} hint={TEXTS.scoreHint} error={isScoreWrong ? TEXTS.scoreError : null}>
        <input inputMode="decimal" value={score} onInput={(event) => setScore(event.currentTarget.value)} />
      </Field>
      <Field label={TEXTS.note} hint={TEXTS.noteHint}>
        <textarea
          rows={2}
          maxLength={MAX_NOTE}
          value={note}
          onInput={(event) => {
            keep(draft, event.currentTarget.value);
            setNote(event.currentTarget.value);
          }}
        />
      </Field>
      {open.length > 0 && (
        <details class="run-details">
          <summary>{TEXTS.resolved}</summary>
          {open.map(({ assumptionId, text }) => (
            <Truth
              key={assumptionId}
              name={`outcome ${assumptionId}`}
              text={text ?? assumptionId}
              value={truths[assumptionId]}
              onChange={(truth) => setTruths(withTruth(truths, assumptionId, truth))}
            />
          ))}
        </details>
      )}
      {outcome !== null && (
        <div class="notice run-preview" role="status">
          <p>
            <strong>{TEXTS.memory}</strong>
          </p>
          <p>{TEXTS.learns[outcome]}</p>
          {outcome !== 'abandoned' && <p class="muted">{TEXTS.off}</p>}
        </div>
      )}
    </Confirm>
  );
}
