import { useState } from 'preact/hooks';
import type { InputRequest } from '@assent/contract';
import { percent } from '../../../format';
import { announce } from '../../../parts/announce';
import { Button } from '../../../parts/button';
import { Field } from '../../../parts/field';
import { Problem } from '../../../parts/problem';
import { Spelled } from '../../../parts/spelled';
import { Time } from '../../../parts/time';
import { can, keep, kept, useSeat } from '../../../session/session';
import { EMPTY_ANSWER, answerOf, truthsOnExpiry, withTruth, type AnswerForm } from './answer';
import { RUN } from './texts';
import { useSeconds } from '../../../parts/seconds';

const TEXTS = RUN.question;
const MAX_TEXT = 4_000;

/** A question of the planner as a form. */
export function Question(props: {
  readonly requestId: string;
  readonly request: InputRequest;
  readonly isScrubbed: boolean;
}) {
  const { requestId, request, isScrubbed } = props;
  const { client } = useSeat();
  const draft = `answer ${requestId}`;
  const [form, setForm] = useState<AnswerForm>(() => ({ ...EMPTY_ANSWER, text: kept(draft) }));
  const [isBusy, setBusy] = useState(false);
  const [isSent, setSent] = useState(false);
  const [error, setError] = useState<unknown>();
  const nowMs = useSeconds(!isScrubbed);
  const isOver = Date.parse(request.expiresAt) <= nowMs;
  const answer = answerOf(form);
  const { question, options = [], assumptions } = request;
  const send = async (): Promise<void> => {
    if (!answer || isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await client.respond(requestId, answer);
      keep(draft, '');
      setSent(true);
      announce(TEXTS.sent);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void send();
  };
  return (
    <section class="run-card run-card-warn" id="question" aria-labelledby={`question-${requestId}`} tabIndex={-1}>
      <p class="run-eyebrow">{TEXTS.title}</p>
      <h2 id={`question-${requestId}`}>
        <Spelled text={question} />
      </h2>
      <Expiry request={request} isOver={isOver} />
      {isScrubbed && <p class="muted">{TEXTS.scrubbed}</p>}
      {!isScrubbed && (
        <form class="run-answer" onSubmit={submit}>
          {assumptions.map(({ assumptionId, text, p }) => (
            <Truth
              key={assumptionId}
              name={`${requestId} ${assumptionId}`}
              text={text}
              hint={TEXTS.stated(percent(p))}
              value={form.truths[assumptionId]}
              onChange={(truth) => setForm({ ...form, truths: withTruth(form.truths, assumptionId, truth) })}
            />
          ))}
          {options.length > 0 && (
            <fieldset class="run-choices">
              <legend>{TEXTS.options}</legend>
              {[...options, null].map((option) => (
                <label key={option ?? ''} class="check">
                  <input
                    type="radio"
                    name={`${requestId} option`}
                    checked={form.option === option}
                    onChange={() => setForm({ ...form, option })}
                  />
                  {option === null ? TEXTS.noOption : <Spelled text={option} />}
                </label>
              ))}
            </fieldset>
          )}
          <Field label={TEXTS.text} hint={TEXTS.textHint}>
            <textarea
              rows={2}
              maxLength={MAX_TEXT}
              value={form.text}
              onInput={(event) => {
                const text = event.currentTarget.value;
                keep(draft, text);
                setForm({ ...form, text });
              }}
            />
          </Field>
          {error !== undefined && <Problem error={error} retry={() => void send()} />}
          <div class="toolbar">
            <Button
              tone="primary"
              type="submit"
              busy={isBusy}
              disabled={answer === null || isSent || isOver}
              missingScope={can('run:write') ? undefined : 'run:write'}
            >
              {isSent ? TEXTS.sent : TEXTS.send}
            </Button>
            {answer === null && <span class="muted">{TEXTS.empty}</span>}
          </div>
        </form>
      )}
    </section>
  );
}

function Expiry({ request, isOver }: { readonly request: InputRequest; readonly isOver: boolean }) {
  const truths = truthsOnExpiry(request);
  return (
    <div class="run-expiry muted">
      <p>
        {isOver ? (
          TEXTS.expired
        ) : (
          <>
            {TEXTS.expires} <Time of={request.expiresAt} />.{' '}
          </>
        )}
        {truths.length === 0 ? TEXTS.nothing : TEXTS.onExpiry}
      </p>
      {truths.length > 0 && (
        <ul>
          {truths.map(({ assumptionId, text, truth }) => (
            <li key={assumptionId}>
              <Spelled text={text} />: <strong>{truth ? RUN.tree.isTrue : RUN.tree.isFalse}</strong>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** True, false, or left open. */
export function Truth(props: {
  readonly name: string;
  readonly text: string;
  readonly hint?: string;
  readonly value: boolean | undefined;
  readonly onChange: (truth: boolean | undefined) => void;
}) {
  const { name, text, hint, value, onChange } = props;
  const choices: readonly (readonly [boolean | undefined, string])[] = [
    [true, TEXTS.yes],
    [false, TEXTS.no],
    [undefined, TEXTS.skip],
  ];
  return (
    <fieldset class="run-truth">
      <legend>
        <Spelled text={text} />
        {hint !== undefined && <small class="muted"> {hint}</small>}
      </legend>
      <div class="run-segments">
        {choices.map(([truth, label]) => (
          <label key={label}>
            <input type="radio" name={name} checked={value === truth} onChange={() => onChange(truth)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
