import type { ComponentChildren } from 'preact';
import { Button } from '../../parts/button';
import { Icon } from '../../parts/icon';
import { Spelled } from '../../parts/spelled';
import { PARTS } from '../../parts/texts';
import { can, seats, switchSeat, useSeat } from '../../session/session';
import { areRelated, barOf, type Blocker, type DecisionState } from './decision.state';
import { shortHash } from './review.content';
import { neededText } from './review.summary';
import { TEXTS } from './texts';

const { bar: texts } = TEXTS;

type BarTone = 'plain' | 'info' | 'good' | 'warn';

export interface BarActions {
  readonly onApprove: () => void;
  readonly onReject: () => void;
  readonly onEdit: (() => void) | undefined;
  /** undefined: it is not the question of an agent. */
  readonly onAsk: (() => void) | undefined;
  readonly onShowChanged: () => void;
  readonly onBlocker: (blocker: Blocker) => void;
}

/** What can be done with the content on the screen, always in view. */
export function DecisionBar(props: {
  readonly state: DecisionState;
  readonly blockers: readonly Blocker[];
  readonly parts: { readonly chosen: number; readonly all: number };
  readonly nextHref: string | null;
  readonly inboxHref: string;
  /** What became of a decided approval, in one sentence. */
  readonly outcome: ComponentChildren;
  readonly tone: BarTone;
  readonly isLoading: boolean;
  readonly actions: BarActions;
}) {
  const { state, blockers, parts, nextHref, inboxHref, outcome, tone, isLoading, actions } = props;
  const { subject } = useSeat();
  const { shown, latest } = state;
  const bar = barOf(state, { subject, mayDecide: can('approval:decide') });
  const isPartial = parts.chosen < parts.all;
  const scope = can('approval:decide') ? undefined : 'approval:decide';

  const onward = (
    <Button tone="primary" href={nextHref ?? inboxHref} {...(nextHref === null ? {} : { hotkey: ']' })}>
      {nextHref === null ? texts.toInbox : texts.nextWaiting}
    </Button>
  );
  const reject = (
    <Button tone="danger" hotkey="r" missingScope={scope} onClick={actions.onReject}>
      {texts.reject}
    </Button>
  );
  const approve = (
    <Button tone="primary" hotkey="a" missingScope={scope} disabled={blockers.length > 0} onClick={actions.onApprove}>
      {isPartial ? texts.approveParts : texts.approve}
    </Button>
  );

  const decider = seats.value.find(
    (one) =>
      one.subject !== subject && one.scopes.includes('approval:decide') && !areRelated(one.subject, latest.requester),
  );
  const other = decider && (
    <Button tone="primary" onClick={() => switchSeat(decider.subject)}>
      <Spelled text={PARTS.continueAs(decider.subject)} />
    </Button>
  );

  switch (bar.kind) {
    case 'changed':
      return (
        <Frame
          tone="warn"
          icon="warn"
          text={
            <>
              <strong>{texts.changed}</strong> <Spelled text={texts.changedBy(latest.revision, latest.author)} />
            </>
          }
        >
          <Button tone="primary" busy={isLoading} onClick={actions.onShowChanged}>
            {texts.showChanged}
          </Button>
        </Frame>
      );
    case 'decided':
    case 'ended':
      return (
        <Frame tone={tone} text={outcome}>
          {onward}
        </Frame>
      );
    case 'own':
      return (
        <Frame tone="info" icon="person" text={latest.runId === null ? texts.ownSubject : texts.own}>
          {other ?? <span>{texts.askOther}</span>}
        </Frame>
      );
    case 'refused':
      return (
        <Frame
          tone="plain"
          icon="person"
          text={scope === undefined && bar.reason !== null ? <Spelled text={bar.reason} /> : texts.notDecider}
        >
          {scope !== undefined && reject}
          {scope !== undefined && approve}
          {other}
        </Frame>
      );
    case 'voted':
      return (
        <Frame
          tone="good"
          icon="check"
          text={
            <>
              <strong>{texts.voted[bar.decision]}</strong> {texts.stillNeeded(neededText(latest))}
            </>
          }
        >
          {reject}
          {onward}
        </Frame>
      );
    case 'ready': {
      const [blocker] = blockers;
      return (
        <Frame
          tone="plain"
          text={
            <>
              <span class="review-bar-line">
                {texts.decidingAs}{' '}
                <strong>
                  <Spelled text={subject} />
                </strong>{' '}
                {texts.on} <code>{shortHash(shown.hash)}</code>
                {isPartial && <em class="review-bar-parts">{texts.parts(parts.chosen, parts.all)}</em>}
              </span>
              {blocker !== undefined && (
                <span class="review-bar-line review-bar-blocker" role="status">
                  <Icon name="warn" /> {texts.blockers[blocker]}{' '}
                  <button type="button" class="link" onClick={() => actions.onBlocker(blocker)}>
                    {texts.show}
                  </button>
                </span>
              )}
            </>
          }
        >
          {actions.onEdit && (
            <span class="review-bar-edit">
              <Button tone="quiet" hotkey="e" onClick={actions.onEdit}>
                {texts.edit}
              </Button>
            </span>
          )}
          {actions.onAsk && (
            <Button hotkey="q" onClick={actions.onAsk}>
              {texts.ask}
            </Button>
          )}
          {reject}
          {approve}
        </Frame>
      );
    }
  }
}

function Frame(props: {
  readonly tone: BarTone;
  readonly icon?: 'warn' | 'check' | 'person';
  readonly text: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  return (
    <section class={`review-bar review-bar-${props.tone}`} aria-label={texts.label}>
      <div class="review-bar-text">
        {props.icon && <Icon name={props.icon} />}
        <div>{props.text}</div>
      </div>
      <div class="review-bar-actions">{props.children}</div>
    </section>
  );
}
