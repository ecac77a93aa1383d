import { useEffect, useState } from 'preact/hooks';
import type { AssumptionView } from '@assent/client';
import type { ResolutionHow } from '@assent/contract';
import { announce } from '../../../parts/announce';
import { Confirm } from '../../../parts/confirm';
import { useLoad } from '../../../parts/load';
import { Problem } from '../../../parts/problem';
import { Spelled } from '../../../parts/spelled';
import { href } from '../../../addresses';
import { useSeat } from '../../../session/session';
import { consequencesOf, type Consequences } from './consequences';
import { RUN } from './texts';

const TEXTS = RUN.resolve;

/** Records whether an assumption is true, after it has shown which approvals that would void. */
export default function ResolveDialog(props: {
  readonly run: { readonly runId: string; readonly workspace: string };
  readonly assumption: AssumptionView;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { run, assumption, onClose, onDone } = props;
  const { assumptionId, text } = assumption;
  const { client } = useSeat();
  const [truth, setTruth] = useState<boolean | null>(null);
  const [how, setHow] = useState<ResolutionHow>('observed');
  const record = async (): Promise<void> => {
    if (truth === null) return;
    await client.call('assumption/resolve', { runId: run.runId, assumptionId, truth, how });
    announce(TEXTS.done);
    onDone();
  };
  const [voids, setVoids] = useState(0);
  return (
    <Confirm
      open
      title={TEXTS.title}
      action={voids > 0 ? TEXTS.submitVoiding : TEXTS.submit}
      tone={voids > 0 ? 'danger' : 'primary'}
      disabled={truth === null}
      scope="run:write"
      act={record}
      onClose={onClose}
    >
      <blockquote class="run-quote">
        <Spelled text={text ?? assumptionId} />
      </blockquote>
      <p class="muted">{TEXTS.lead}</p>
      <fieldset class="run-truth">
        <legend>{TEXTS.truth}</legend>
        <div class="run-segments">
          {[true, false].map((value) => (
            <label key={String(value)}>
              <input
                type="radio"
                name="truth"
                checked={truth === value}
                autofocus={value}
                onChange={() => {
                  setVoids(0);
                  setTruth(value);
                }}
              />
              <span>{value ? TEXTS.isTrue : TEXTS.isFalse}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset class="run-choices">
        <legend>{TEXTS.how}</legend>
        {(['observed', 'set'] as const).map((value) => (
          <label key={value} class="check">
            <input type="radio" name="how" checked={how === value} onChange={() => setHow(value)} />
            <span>
              {TEXTS[value]}
              {value === 'set' && <small class="muted"> {TEXTS.setHint}</small>}
            </span>
          </label>
        ))}
      </fieldset>
      {truth !== null && (
        <Preview key={`${truth} ${how}`} run={run} fact={{ assumptionId, truth, how }} onVoids={setVoids} />
      )}
    </Confirm>
  );
}

function Preview(props: {
  readonly run: { readonly runId: string; readonly workspace: string };
  readonly fact: { readonly assumptionId: string; readonly truth: boolean; readonly how: ResolutionHow };
  readonly onVoids: (count: number) => void;
}) {
  const { run, fact, onVoids } = props;
  const found = useLoad<Consequences>(JSON.stringify(fact), (client, signal) =>
    consequencesOf(client, run, fact, signal),
  );
  const voided = found.value?.runs.filter(({ isVoided }) => isVoided) ?? [];
  useEffect(() => onVoids(voided.length), [voided.length]);
  if (found.error !== undefined) return <Problem error={found.error} retry={found.reload} />;
  if (!found.value) return <p class="muted">{TEXTS.checking} …</p>;
  return (
    <div class={voided.length > 0 ? 'notice notice-warn run-preview' : 'notice run-preview'} role="status">
      <p>{voided.length > 0 ? <strong>{TEXTS.voids(voided.length)}</strong> : TEXTS.voidsNone}</p>
      {voided.length > 0 && (
        <ul>
          {voided.map(({ runId, goal, before, after }) => (
            <li key={runId}>
              <a href={href('run', { id: runId })}>
                <Spelled text={goal} />
              </a>
              <br />
              <Spelled text={before === after ? TEXTS.refutes(before) : TEXTS.changes(before, after)} />
            </li>
          ))}
        </ul>
      )}
      {found.value.unread > 0 && <p>{TEXTS.unread}</p>}
    </div>
  );
}
