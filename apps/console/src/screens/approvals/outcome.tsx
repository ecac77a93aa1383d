import type { Approval } from '@assent/client';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button';
import { Confirm } from '../../parts/confirm';
import { Icon, type IconName } from '../../parts/icon';
import { Code } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { PARTS } from '../../parts/texts';
import { Time } from '../../parts/time';
import { navigate } from '../../router';
import { href } from '../../addresses';
import { can, otherSeatWith, switchSeat, useSeat } from '../../session/session';
import type { Outcome } from './outcome.fold';
import { shortHash } from './review.content';
import { TEXTS } from './texts';
import { outcomeText } from './use.outcome';

const { outcome: texts } = TEXTS;

type Tone = 'good' | 'warn' | 'bad' | 'info';

function toneOf({ state }: Approval, { kind }: Outcome): Tone {
  if (state !== 'approved') return state === 'rejected' ? 'info' : 'warn';
  if (kind === 'applied') return 'good';
  return kind === 'open' || kind === 'retrying' ? 'info' : 'warn';
}

const ICONS: Readonly<Record<Tone, IconName>> = { good: 'check', warn: 'warn', bad: 'warn', info: 'clock' };

/** What happened to an approval that is no longer pending, with what can be done next. */
export function OutcomePanel(props: {
  readonly approval: Approval;
  readonly outcome: Outcome;
  readonly subject: string;
  /** The content that was approved is another one than was on the screen. */
  readonly isNewContent: boolean;
  readonly offerHref: string | null;
}) {
  const { approval, outcome, subject, isNewContent, offerHref } = props;
  const { decision, state, runId } = approval;
  const tone = toneOf(approval, outcome);
  return (
    <section class={`review-outcome review-outcome-${tone}`} role="status" aria-live="polite">
      <Icon name={state === 'rejected' ? 'cross' : ICONS[tone]} />
      <div>
        <h2>{outcomeText(approval, outcome)}</h2>
        <p>
          <Spelled text={decidedText(approval, subject)} />
          {decision && (
            <>
              {' · '}
              <Time of={decision.at} />
            </>
          )}
          {isNewContent && (
            <>
              {' · '}
              {texts.newHash} <code title={approval.hash}>{shortHash(approval.hash)}</code>
            </>
          )}
        </p>
        {decision?.comment != null && decision.comment !== '' && (
          <blockquote>
            <Spelled text={decision.comment} />
          </blockquote>
        )}
        {(outcome.kind === 'failed' || outcome.kind === 'retrying') && (
          <p>
            <Spelled text={outcome.message} />
          </p>
        )}
        {outcome.kind === 'voided' && (
          <p>
            <Spelled text={outcome.reason} />
          </p>
        )}
        {outcome.kind === 'stale' && <Stale outcome={outcome} offerHref={offerHref} />}
        <p class="review-outcome-links">
          {runId !== null && <a href={href('run', { id: runId })}>{texts.openRun}</a>}
          {approval.subject.type === 'memory_plan' && (
            <a href={href('plan', { id: approval.subject.id })}>{texts.openPlan}</a>
          )}
          {approval.subject.type === 'tool_trust' && <a href={href('tools')}>{texts.openTools}</a>}
        </p>
        {outcome.kind === 'applied' && outcome.files.length > 0 && approval.diffId !== null && (
          <Revert diffId={approval.diffId} />
        )}
      </div>
    </section>
  );
}

/** Starts a run that proposes the files as they were. Somebody has to approve it like any other change. */
function Revert({ diffId }: { readonly diffId: string }) {
  const { client } = useSeat();
  const [isAsked, setAsked] = useState(false);
  const starter = otherSeatWith('run:write');
  const send = async (): Promise<void> => {
    const { runId } = await client.call('diff/revert', { diffId });
    navigate(href('run', { id: runId }));
  };
  return (
    <div class="review-revert">
      <Button small missingScope={can('run:write') ? undefined : 'run:write'} onClick={() => setAsked(true)}>
        {texts.revert}
      </Button>
      {starter && (
        <Button small tone="quiet" onClick={() => switchSeat(starter.subject)}>
          <Spelled text={PARTS.continueAs(starter.subject)} />
        </Button>
      )}
      <Confirm
        open={isAsked}
        title={texts.revertTitle}
        action={texts.revertConfirm}
        act={send}
        onClose={() => setAsked(false)}
      >
        <p>{texts.revertText}</p>
      </Confirm>
    </div>
  );
}

function Stale({
  outcome,
  offerHref,
}: {
  readonly outcome: Extract<Outcome, { kind: 'stale' }>;
  readonly offerHref: string | null;
}) {
  const { files, offer } = outcome;
  return (
    <>
      <ul class="review-stale">
        {files.map(({ path, state, conflict }) => (
          <li key={path}>
            <Spelled text={path} /> <span class="muted">{state}</span>
            {conflict !== undefined && (
              <details>
                <summary>{texts.conflict}</summary>
                <Code text={conflict} label={path} />
              </details>
            )}
          </li>
        ))}
      </ul>
      <p>{offer ? (texts.offer[offer.origin] ?? offer.origin) : texts.noOffer} </p>
      {offerHref !== null && (
        <p>
          <Button tone="primary" small href={offerHref}>
            {texts.openOffer}
          </Button>
        </p>
      )}
    </>
  );
}

function decidedText({ state, decision }: Approval, subject: string): string {
  const word = TEXTS.states[state];
  if (!decision) return word;
  return decision.actor === subject ? TEXTS.bar.decidedByYou(word) : TEXTS.bar.decided(word, decision.actor);
}
