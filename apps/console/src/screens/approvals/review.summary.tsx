import type { Approval, Tree } from '@assent/client';
import { Chip } from '../../parts/chip';
import { Copy } from '../../parts/copy';
import { Spelled } from '../../parts/spelled';
import { ExactTime, Time } from '../../parts/time';
import { Counts } from './counts';
import { Rationale } from './rationale';
import { shortHash, type ReviewContent } from './review.content';
import { TEXTS } from './texts';

const FILES_SHOWN = 5;
const { review: texts } = TEXTS;

/** Everything a decision rests on, in the order in which people ask: what, why, risk, who, until when. */
export function ReviewSummary(props: { readonly content: ReviewContent; readonly tree: Tree | undefined }) {
  const { content, tree } = props;
  const { approval, diff } = content;
  return (
    <div class="review-summary">
      <dl class="review-main">
        <div>
          <dt>{texts.what}</dt>
          <dd>
            <What approval={approval} isDiff={diff !== null} />
          </dd>
        </div>
        {approval.runId !== null && (
          <div>
            <dt>{texts.why}</dt>
            <dd>
              <Rationale approval={approval} step={diff?.step ?? null} tree={tree} />
            </dd>
          </div>
        )}
      </dl>
      <dl class="review-aside">
        <div>
          <dt>{texts.risk}</dt>
          <dd>
            <Risks approval={approval} />
          </dd>
        </div>
        <div>
          <dt>{texts.who}</dt>
          <dd>
            <Needed approval={approval} />
          </dd>
        </div>
        {approval.state === 'pending' && (
          <div>
            <dt>{texts.until}</dt>
            <dd>
              <p>
                <Time of={approval.expiresAt} />{' '}
                <span class="muted review-exact">
                  <ExactTime of={approval.expiresAt} />
                </span>
              </p>
              <p class="muted">{approval.runId === null ? texts.onExpirySubject : texts.onExpiry[approval.onExpiry]}</p>
            </dd>
          </div>
        )}
        <div>
          <dt>{texts.content}</dt>
          <dd>
            <p class="review-hash">
              <code title={approval.hash}>{shortHash(approval.hash)}</code>
              <Copy text={approval.hash} label={texts.content} />
            </p>
            <p class="muted">
              <Spelled text={texts.revision(approval.revision, approval.author)} />
            </p>
          </dd>
        </div>
      </dl>
    </div>
  );
}

function What({ approval, isDiff }: { readonly approval: Approval; readonly isDiff: boolean }) {
  const { files } = approval;
  if (files.length === 0) {
    return <p>{isDiff ? texts.outside : (TEXTS.inbox.subjects[approval.subject.type] ?? approval.subject.type)}</p>;
  }
  return (
    <ul class="review-files">
      {files.slice(0, FILES_SHOWN).map(({ path, kind, added, removed }) => (
        <li key={path}>
          <span class="review-files-path">
            <Spelled text={path} />
            {kind !== 'modify' && <small class={`review-kind review-kind-${kind}`}>{texts.kinds[kind]}</small>}
          </span>
          <Counts added={added} removed={removed} />
        </li>
      ))}
      {files.length > FILES_SHOWN && <li class="muted">{texts.moreFiles(files.length - FILES_SHOWN)}</li>}
    </ul>
  );
}

function Risks({ approval: { risks } }: { readonly approval: Approval }) {
  if (risks.length === 0) return <p class="muted">{texts.noRisk}</p>;
  return (
    <ul class="review-risks">
      {risks.map((risk) => (
        <li key={risk}>
          <Chip tone={risk === 'large' ? 'warn' : 'bad'} icon="warn">
            {TEXTS.risks[risk].label}
          </Chip>
          <span class="muted">{TEXTS.risks[risk].text}</span>
        </li>
      ))}
    </ul>
  );
}

function Needed({ approval }: { readonly approval: Approval }) {
  const { state, votes } = approval;
  return (
    <>
      <p>{state === 'pending' ? neededText(approval) : texts.nobody}</p>
      {votes.length > 0 && (
        <ul class="review-votes">
          {votes.map(({ actor, decision, at, via }) => (
            <li key={actor}>
              <Spelled text={decision === 'approve' ? texts.approvedBy(actor) : texts.rejectedBy(actor)} />{' '}
              <span class="muted">
                <Time of={at} />
                {typeof via === 'string' && via !== actor && texts.via(via)}
              </span>
            </li>
          ))}
        </ul>
      )}
      <p class="muted">
        {texts.rule} <code>{approval.rule}</code>
      </p>
    </>
  );
}

/** Who is missing, in words. */
export function neededText({ needed, votes, policy }: Approval): string {
  const people = votes.length > 0 ? texts.morePeople(needed.people) : texts.people(needed.people);
  const roles = needed.roles.length > 0 ? needed.roles : [...new Set(policy.flatMap(({ deciders }) => deciders ?? []))];
  return roles.length > 0 ? `${people} ${texts.withRoles(roles)}` : people;
}
