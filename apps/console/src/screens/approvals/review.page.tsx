import type { ComponentType } from 'preact';
import type { Approval, DecisionVerb } from '@assent/client';
import { useCallback, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { inbox } from '../../live/inbox';
import { announce } from '../../parts/announce';
import { Button } from '../../parts/button';
import { Chip, type Tone } from '../../parts/chip';
import { useKeys } from '../../parts/keys';
import { useLoad } from '../../parts/load';
import { Page, Section } from '../../parts/page';
import { Problem } from '../../parts/problem';
import { Raw } from '../../parts/raw';
import { Spelled } from '../../parts/spelled';
import { Time } from '../../parts/time';
import { number } from '../../format';
import { BASE, navigate, setQuery } from '../../router';
import { href } from '../../addresses';
import { can, keep, kept, useSeat } from '../../session/session';
import { ChangeList } from './change.list';
import { DecisionBar } from './decision.bar';
import { addedFlags, barOf, commentKey, blockersOf, decide, decisionOf, type Blocker } from './decision.state';
import { FlagList } from './flag.list';
import type { RowPlace } from './flag.rows';
import { NOTHING_LEFT_OUT, chosenHunks, toggled, totalsOf, type LeftOut } from './hunk.choice';
import { NO_GAPS, gapRows, patchFiles } from './patch.rows';
import {
  loadComparison,
  loadContent,
  loadWhole,
  shortHash,
  type Comparison,
  type ReviewContent,
} from './review.content';
import { fillQueue, inboxSearch, neighbour, queue } from './review.queue';
import { ReviewSummary } from './review.summary';
import { marksFor, marksOf, marksText, withMark } from './seen.marks';
import { TEXTS } from './texts';
import { outcomeText, useOutcome } from './use.outcome';

const TONES: Readonly<Record<Approval['state'], Tone>> = {
  pending: 'warn',
  approved: 'good',
  rejected: 'neutral',
  expired: 'bad',
  cancelled: 'neutral',
  voided: 'bad',
};
/** The server expires an approval by its own clock, a moment after the time. */
const AFTER_EXPIRY_MS = 400;
const TIMER_MAX_MS = 2_147_483_647;
const { review: texts } = TEXTS;

/** One review: the content on the screen, and the decision on exactly that content. */
export function ReviewPage(props: {
  readonly first: ReviewContent;
  readonly since: Comparison | null;
  readonly oldRev: string | null;
}) {
  const { client, subject } = useSeat();
  const { approvalId } = props.first.approval;
  const [content, setContent] = useState(props.first);
  const [state, dispatch] = useReducer(decide, decisionOf(props.first.approval));
  const [comparison, setComparison] = useState(props.since);
  const [left, setLeft] = useState<LeftOut>(NOTHING_LEFT_OUT);
  const [marks, setMarks] = useState(() => marksFor(marksOf(kept(seenKey(approvalId))), props.first.approval.hash));
  const [isAcknowledged, setAcknowledged] = useState(false);
  const [opened, setOpened] = useState<ReadonlyMap<number, boolean>>(new Map());
  const [openedSince, setOpenedSince] = useState<ReadonlyMap<number, boolean>>(new Map());
  const [gaps, setGaps] = useState(NO_GAPS);
  /** Beginning of the lines of a hunk before the gap above them opens. */
  const anchor = useRef<{ readonly head: HTMLElement; readonly y: number } | null>(null);
  const [target, setTarget] = useState<RowPlace | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [editing, setEditing] = useState<{ readonly path: string | null } | null>(null);
  const [isLoading, setLoading] = useState(false);
  const [loadError, setLoadError] = useState<unknown>(null);
  const page = useRef<HTMLDivElement>(null);
  const { diff, text, isWhole } = content;
  const onScreen = useRef<string | null>(null);
  onScreen.current = diff?.diffId ?? null;
  const { shown, latest } = state;
  const isPatch = diff !== null && diff.files.length > 0;
  const EditDialog = useLazy(editing !== null, async () => (await import('./edit.dialog')).EditDialog);
  const DecisionDialog = useLazy(true, async () => (await import('./decision.dialog')).DecisionDialog);
  const OutcomePanel = useLazy(latest.state !== 'pending', async () => (await import('./outcome')).OutcomePanel);
  const AskDialog = useLazy(isAsking, async () => (await import('./ask.dialog')).AskDialog);
  const hasRule = latest.subject.type === 'agent_permission' && latest.decision !== null;
  const RuleDraft = useLazy(hasRule, async () => (await import('./rule.draft')).RuleDraft);
  const SubjectBody = useLazy(!isPatch, async () => (await import('./subject.body')).SubjectBody);
  const files = useMemo(() => (isPatch ? patchFiles(text, diff.hunks) : []), [diff, text]);
  const sinceFiles = useMemo(() => (comparison ? patchFiles(comparison.patch) : []), [comparison]);
  const isPending = latest.state === 'pending';
  const outcome = useOutcome(client, latest);
  const bar = barOf(state, { subject, mayDecide: can('approval:decide') });
  const canChoose = bar.kind === 'ready' && diff !== null && diff.hunks.length > 1;
  const totals = totalsOf(diff ?? { hunks: [], files: [] }, left);

  const tree = useLoad(`tree ${diff?.runId ?? ''} ${diff?.step ?? ''}`, (loader, signal) =>
    diff && latest.rationale && can('run:read')
      ? loader.call('tree/get', { runId: diff.runId, step: diff.step }, { signal })
      : Promise.resolve(undefined),
  );
  const offer = outcome.kind === 'stale' ? (outcome.offer?.diffId ?? null) : null;
  const offered = useLoad(`offer ${offer ?? ''}`, async (loader, signal) => {
    if (offer === null || latest.runId === null) return null;
    const { items } = await loader.approvals.list({ runId: latest.runId, state: 'pending' }, { signal });
    return items.find(({ diffId }) => diffId === offer)?.approvalId ?? null;
  });

  const read = useCallback(async () => {
    try {
      dispatch({ type: 'read', approval: await client.approvals.get(approvalId) });
    } catch {
      // The next event, or coming back to the page, reads again.
    }
  }, [client, approvalId]);

  /** Puts the newest content on the screen. @param against the revision that it is compared with; null: none */
  const show = useCallback(
    async (against: string | null) => {
      setLoading(true);
      setLoadError(null);
      try {
        const next = await loadContent(client, approvalId);
        const since = against === null ? null : await loadComparison(client, approvalId, against);
        setContent(next);
        setComparison(since);
        setLeft(NOTHING_LEFT_OUT);
        setAcknowledged(false);
        setOpened(new Map());
        setGaps(NO_GAPS);
        setTarget(null);
        setCurrent(null);
        setMarks((before) => marksFor(before, next.approval.hash));
        dispatch({ type: 'shown', approval: next.approval });
        setQuery({ rev: shortHash(next.approval.hash) });
        if (since) window.scrollTo(0, 0);
      } catch (error) {
        setLoadError(error);
      } finally {
        setLoading(false);
      }
    },
    [client, approvalId],
  );

  useEffect(() => {
    const ends = [
      inbox.onEvent((event) => void (event.approvalId === approvalId && read())),
      inbox.onGap(() => void read()),
      inbox.onRefresh(() => void read()),
    ];
    return () => ends.forEach((end) => end());
  }, [approvalId, read]);
  useEffect(() => {
    const onVisible = (): void => void (document.visibilityState === 'visible' && read());
    document.addEventListener('visibilitychange', onVisible);
    return () => document.removeEventListener('visibilitychange', onVisible);
  }, [read]);
  useEffect(() => {
    if (!isPending) return undefined;
    const wait = Date.parse(latest.expiresAt) - Date.now() + AFTER_EXPIRY_MS;
    if (wait > TIMER_MAX_MS) return undefined;
    const timer = setTimeout(() => void read(), Math.max(AFTER_EXPIRY_MS, wait));
    return () => clearTimeout(timer);
  }, [isPending, latest, read]);
  useEffect(() => {
    const abort = new AbortController();
    void fillQueue(client, abort.signal).catch(() => undefined);
    return () => abort.abort();
  }, [client]);
  // The parts that were chosen are a content of their own: it is what was approved.
  const isOther = !isPending && latest.hash !== shown.hash;
  useEffect(() => {
    if (isOther && state.answer) void show(null);
  }, [isOther, state.answer, show]);
  useEffect(() => {
    keep(seenKey(approvalId), marks.paths.size === 0 ? '' : marksText(marks));
  }, [approvalId, marks]);
  useEffect(() => {
    if (bar.kind === 'changed') announce(TEXTS.bar.changed);
  }, [bar.kind]);
  useEffect(() => {
    if (!target) return;
    const row = document.getElementById(target.id);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  }, [target]);

  // The changed lines stay where they are on the screen: a long gap would push them out of sight.
  useLayoutEffect(() => {
    if (!anchor.current) return;
    const { head, y } = anchor.current;
    anchor.current = null;
    window.scrollBy(0, head.getBoundingClientRect().bottom - y);
    head.focus({ preventScroll: true });
  }, [gaps]);

  const submit = async (verb: DecisionVerb, comment: string): Promise<void> => {
    dispatch({ type: 'sent', verb });
    const said = comment.trim() === '' ? {} : { comment };
    const hunks = diff ? chosenHunks(diff, left) : undefined;
    try {
      const approval =
        verb === 'approve'
          ? await client.approvals.approve(approvalId, shown.hash, { ...said, ...(hunks ? { hunks } : {}) })
          : await client.approvals.reject(approvalId, shown.hash, said);
      keep(commentKey(approvalId), '');
      dispatch({ type: 'answered', approval });
    } catch (error) {
      const approval = await client.approvals.get(approvalId).catch(() => null);
      dispatch({ type: 'refused', error, approval });
    }
  };

  const flagged = diff ?? shown.permission ?? null;
  const blockers = blockersOf({
    isWhole,
    addsHidden: flagged !== null && (addedFlags(flagged).length > 0 || flagged.flagsTruncated),
    isAcknowledged,
    isNothingChosen: diff !== null && diff.hunks.length > 0 && totals.parts === 0,
  });
  const unseen = files.filter(({ path }) => !marks.paths.has(path)).length;
  const showChanged = (): void => void show(diff?.diffId ?? null);
  const jump = (place: RowPlace): void => {
    setOpened((before) => new Map(before).set(place.fileIndex, true));
    setTarget({ ...place });
  };
  const onBlocker = (blocker: Blocker): void => {
    const id = { hidden: 'flags', patch: 'whole', parts: 'change' }[blocker];
    document.getElementById(id)?.scrollIntoView({ block: 'start' });
  };
  // A question of a coding agent is short: it comes first, so that a phone shows it without scrolling.
  const isQuestion = shown.subject.type === 'agent_permission';
  const canAsk = isQuestion && bar.kind === 'ready';
  const isEditable = diff === null ? shown.permission?.editable === true : diff.erased !== true && can('run:read');
  const canEdit = bar.kind === 'ready' && isEditable;
  const edit = (path: string | null): void => {
    if (canEdit) setEditing({ path });
  };

  const fetchWhole = async (): Promise<void> => {
    setLoading(true);
    setLoadError(null);
    try {
      setContent(await loadWhole(client, content));
    } catch (error) {
      setLoadError(error);
      await read();
    } finally {
      setLoading(false);
    }
  };

  const showGap = async (fileIndex: number, at: number): Promise<void> => {
    const file = files[fileIndex];
    if (!diff || !file) return;
    setLoadError(null);
    try {
      const whole = await client.call('diff/file/get', { diffId: diff.diffId, path: file.path, side: 'proposed' });
      if (onScreen.current !== diff.diffId) return;
      const head = page.current?.querySelector<HTMLElement>(`#change [data-hunk="${fileIndex}:${at}"]`);
      anchor.current = head ? { head, y: head.getBoundingClientRect().bottom } : null;
      setGaps((before) => new Map(before).set(`${fileIndex}:${at}`, gapRows(file, at, whole.content)));
    } catch (error) {
      setLoadError(error);
    }
  };

  const fileAt = (): number => {
    const [fileIndex] = (current ?? '').split(':');
    return fileIndex === '' || fileIndex === undefined ? firstInView(page.current) : Number(fileIndex);
  };
  const move = (step: 1 | -1): void => {
    const heads = Array.from(page.current?.querySelectorAll<HTMLElement>('#change [data-hunk]') ?? []);
    const at = heads.findIndex(({ dataset }) => dataset['hunk'] === current);
    const next = heads[at === -1 ? (step === 1 ? 0 : heads.length - 1) : at + step];
    if (!next) return;
    setCurrent(next.dataset['hunk'] ?? null);
    next.scrollIntoView({ block: 'start' });
    next.focus({ preventScroll: true });
  };
  const go = (step: 1 | -1): void => {
    const next = neighbour(queue.value, approvalId, step);
    if (next !== null) navigate(href('approval', { id: next }));
  };
  useKeys(
    {
      n: () => move(1),
      p: () => move(-1),
      x: () => {
        const [fileIndex, hunk] = (current ?? '').split(':').map(Number);
        const file = files[fileIndex ?? -1];
        const unit = file?.number ?? file?.hunks[hunk ?? 0]?.number;
        if (canChoose && unit != null) setLeft(toggled(left, [unit]));
      },
      v: () => {
        const path = files[fileAt()]?.path;
        if (path !== undefined) setMarks(withMark(marks, path));
      },
      a: () => {
        if (bar.kind === 'ready' && blockers.length === 0) dispatch({ type: 'opened', verb: 'approve' });
        else if (blockers[0]) onBlocker(blockers[0]);
      },
      r: () => {
        if (bar.kind === 'ready' || bar.kind === 'voted') dispatch({ type: 'opened', verb: 'reject' });
      },
      q: () => {
        if (canAsk) setAsking(true);
      },
      e: () => edit(files[fileAt()]?.path ?? null),
      '[': () => go(-1),
      ']': () => go(1),
    },
    {
      title: TEXTS.keys.review,
      keys: {
        'n / p': `${TEXTS.keys.nextHunk}, ${TEXTS.keys.previousHunk.toLowerCase()}`,
        x: TEXTS.keys.toggleHunk,
        v: TEXTS.keys.seen,
        a: TEXTS.keys.approve,
        r: TEXTS.keys.reject,
        q: TEXTS.keys.ask,
        e: TEXTS.keys.edit,
        '[ / ]': `${TEXTS.keys.previous}, ${TEXTS.keys.next.toLowerCase()}`,
      },
    },
  );

  const nextId = neighbour(queue.value, approvalId, 1);
  const summary = (
    <ReviewSummary content={{ ...content, approval: latest.hash === shown.hash ? latest : shown }} tree={tree.value} />
  );

  return (
    <div ref={page}>
      <Page
        wide
        title={<Spelled text={shown.goal} />}
        lead={
          <span class="review-lead">
            <Chip tone={TONES[latest.state]}>{TEXTS.states[latest.state]}</Chip>
            <span>
              <code>
                <Spelled text={shown.tool} />
              </code>
              {shown.workspace !== '' && (
                <>
                  {' '}
                  {texts.in} <Spelled text={shown.workspace} />
                </>
              )}
              , {texts.askedBy} <Spelled text={shown.requester} /> <Time of={shown.createdAt} />
            </span>
          </span>
        }
        actions={
          <Raw curl={{ method: 'GET', path: `/approvals/${approvalId}/diff` }} json={{ approval: latest, diff }} />
        }
      >
        {props.oldRev !== null && shown.hash === props.first.approval.hash && (
          <p class="notice notice-warn">{texts.linkRevision(props.oldRev)}</p>
        )}
        {loadError !== null && <Problem error={loadError} />}
        {!isPending && OutcomePanel && (
          <OutcomePanel
            approval={latest}
            outcome={outcome}
            subject={subject}
            isNewContent={latest.hash !== props.first.approval.hash}
            offerHref={offered.value == null ? null : href('approval', { id: offered.value })}
          />
        )}
        {hasRule && RuleDraft && <RuleDraft approvalId={approvalId} />}
        {comparison && (
          <section class="review-since" aria-labelledby="since-title">
            <header>
              <h2 id="since-title">
                {TEXTS.changedSince.title(
                  texts.revision(comparison.from?.revision ?? shown.revision - 1, null).toLowerCase(),
                  texts.revision(comparison.to.revision, comparison.to.author).toLowerCase(),
                )}
              </h2>
              <Button tone="quiet" small onClick={() => setComparison(null)}>
                {TEXTS.changedSince.close}
              </Button>
            </header>
            <p class="muted">{sinceFiles.length === 0 ? TEXTS.changedSince.nothing : TEXTS.changedSince.text}</p>
            <ChangeList
              files={sinceFiles}
              facts={[]}
              open={{ chosen: openedSince, set: setOpenedSince }}
              seen={null}
              left={NOTHING_LEFT_OUT}
              target={null}
              current={null}
            />
          </section>
        )}
        {!isQuestion && summary}
        {flagged && (
          <FlagList
            diff={flagged}
            files={files}
            isAcknowledged={isAcknowledged}
            onAcknowledge={isPending ? setAcknowledged : undefined}
            onJump={jump}
          />
        )}
        <div id="change">
          <Section title={diff ? TEXTS.change.title : isQuestion ? TEXTS.change.question : TEXTS.change.subject}>
            {isPatch ? (
              <ChangeList
                files={files}
                facts={diff.files}
                open={{ chosen: opened, set: setOpened }}
                seen={marks.paths}
                left={left}
                target={target?.id ?? null}
                current={current}
                gaps={gaps}
                onGap={can('run:read') && diff.erased !== true ? (...gap) => void showGap(...gap) : undefined}
                editScope={can('run:read') ? undefined : 'run:read'}
                onSeen={(path) => {
                  const isSeen = marks.paths.has(path);
                  setMarks(withMark(marks, path));
                  const index = files.findIndex((file) => file.path === path);
                  setOpened(new Map(opened).set(index, isSeen));
                }}
                onChoose={canChoose ? (numbers) => setLeft(toggled(left, numbers)) : undefined}
                onEdit={bar.kind === 'ready' && diff.erased !== true ? edit : undefined}
              />
            ) : diff?.erased === true ? (
              <p class="muted">{TEXTS.change.erased}</p>
            ) : (
              SubjectBody && (
                <SubjectBody
                  approval={latest.hash === shown.hash ? latest : shown}
                  text={text}
                  onEdit={canEdit ? () => edit(null) : undefined}
                />
              )
            )}
            {!isWhole && diff?.truncated && (
              <div class="notice notice-warn" id="whole">
                {TEXTS.change.truncated(number(diff.truncated.shownChars), number(diff.truncated.totalChars))}
                <Button small busy={isLoading} onClick={() => void fetchWhole()}>
                  {TEXTS.change.loadWhole}
                </Button>
              </div>
            )}
          </Section>
        </div>
        {isQuestion && summary}
      </Page>
      <DecisionBar
        state={state}
        blockers={blockers}
        parts={{ chosen: totals.parts, all: diff?.hunks.length ?? 0 }}
        nextHref={nextId === null ? null : href('approval', { id: nextId })}
        inboxHref={`${BASE}/approvals${inboxSearch.value}`}
        outcome={outcomeText(latest, outcome)}
        tone={outcome.kind === 'applied' ? 'good' : outcome.kind === 'stale' ? 'warn' : 'plain'}
        isLoading={isLoading}
        actions={{
          onApprove: () => dispatch({ type: 'opened', verb: 'approve' }),
          onReject: () => dispatch({ type: 'opened', verb: 'reject' }),
          // A question has its own button beside the input, which phones show too.
          onEdit: canEdit && !isQuestion ? () => edit(files[fileAt()]?.path ?? null) : undefined,
          onAsk: canAsk ? () => setAsking(true) : undefined,
          onShowChanged: showChanged,
          onBlocker,
        }}
      />
      {state.dialog !== null && DecisionDialog && (
        <DecisionDialog
          state={state}
          diff={diff}
          left={left}
          unseen={unseen}
          isLoading={isLoading}
          onClose={() => dispatch({ type: 'closed' })}
          onConfirm={(verb, comment) => void submit(verb, comment)}
          onShowChanged={showChanged}
        />
      )}
      {isAsking && AskDialog && (
        <AskDialog
          approvalId={approvalId}
          onAsked={(approval) => dispatch({ type: 'read', approval })}
          onRefused={read}
          onClose={() => setAsking(false)}
        />
      )}
      {editing && EditDialog && (
        <EditDialog
          approval={shown}
          diff={diff}
          path={editing.path}
          onClose={() => setEditing(null)}
          onRevised={() => {
            setEditing(null);
            showChanged();
          }}
          onRefused={read}
        />
      )}
    </div>
  );
}

function seenKey(approvalId: string): string {
  return `approval.${approvalId}.seen`;
}

/** Index of the first file whose lines are on the screen. */
function firstInView(page: HTMLElement | null): number {
  const files = Array.from(page?.querySelectorAll('#change .review-file') ?? []);
  return Math.max(
    0,
    files.findIndex((file) => file.getBoundingClientRect().bottom > window.innerHeight / 3),
  );
}

/** A component of a part of the console that few people need: loaded once it is wanted. null: it is not there yet. */
function useLazy<P>(isWanted: boolean, load: () => Promise<ComponentType<P>>): ComponentType<P> | null {
  const [component, setComponent] = useState<{ readonly it: ComponentType<P> } | null>(null);
  useEffect(() => {
    if (isWanted && !component) void load().then((it) => setComponent({ it }));
  }, [isWanted]);
  return component?.it ?? null;
}
