import { Button } from '../../parts/button';
import { Icon } from '../../parts/icon';
import { Spelled } from '../../parts/spelled';
import { Counts } from './counts';
import type { FileChange as FileFacts } from './file.facts';
import { factsText } from './file.facts';
import type { LeftOut } from './hunk.choice';
import { mayGoOn, type Gaps, type PatchFile, type PatchHunk, type PatchRow } from './patch.rows';
import { PatchTable } from './patch.table';
import { TEXTS } from './texts';

const { change: texts, review } = TEXTS;

export interface FileActions {
  readonly onToggle: () => void;
  /** Shows the unchanged lines before a hunk; with the number after the last one, those after it. */
  readonly onGap?: ((at: number) => void) | undefined;
  readonly onSeen?: (() => void) | undefined;
  readonly onChoose?: ((numbers: readonly number[]) => void) | undefined;
  readonly onEdit?: (() => void) | undefined;
}

/** One file of a change: its name, what becomes of it, and its lines. */
export function FileChange(props: {
  readonly file: PatchFile;
  readonly index: number;
  readonly facts: FileFacts | undefined;
  readonly isOpen: boolean;
  readonly isSeen: boolean;
  readonly isVirtual: boolean;
  /** Rows have ids, for the list of hidden characters. */
  readonly hasAnchors: boolean;
  readonly left: LeftOut;
  readonly target: string | null;
  readonly gaps: Gaps;
  /** Hunk of this file that the keyboard is at. */
  readonly current: number | null;
  readonly editScope: string | undefined;
  readonly actions: FileActions;
}) {
  const { file, index, facts, isOpen, isSeen, left, current, editScope, actions } = props;
  const isOut = file.number !== null && left.has(file.number);
  const notes = factsText(facts);
  return (
    <div class={`review-file${isOut ? ' review-out' : ''}`} role="group" aria-label={file.path}>
      <header class="review-file-head" data-hunk={file.hunks.length === 0 || !isOpen ? `${index}:0` : undefined}>
        <button
          type="button"
          class="review-fold"
          aria-expanded={isOpen}
          aria-label={texts.expand(file.path)}
          onClick={actions.onToggle}
        >
          <Icon name="chevron" />
        </button>
        <h3 class="review-path">
          <Spelled text={file.path} />
          {file.movedFrom !== null && (
            <small>
              {' '}
              <Spelled text={review.movedFrom(file.movedFrom)} />
            </small>
          )}
          {file.kind !== 'modify' && (
            <small class={`review-kind review-kind-${file.kind}`}>{review.kinds[file.kind]}</small>
          )}
        </h3>
        <Counts added={file.added} removed={file.removed} />
        <span class="review-file-actions">
          {file.number !== null && actions.onChoose && (
            <label class="review-check">
              <input type="checkbox" checked={!isOut} onChange={() => actions.onChoose?.([file.number ?? 0])} />
              {texts.includeFile}
            </label>
          )}
          {actions.onEdit && (
            <Button
              tone="quiet"
              small
              missingScope={editScope}
              label={texts.editLabel(file.path)}
              onClick={actions.onEdit}
            >
              {texts.edit}
            </Button>
          )}
          {actions.onSeen && (
            <label class="review-check">
              <input
                type="checkbox"
                checked={isSeen}
                aria-label={texts.seenLabel(file.path)}
                onChange={actions.onSeen}
              />
              {texts.seen}
            </label>
          )}
        </span>
      </header>
      {notes.length > 0 && (
        <ul class="review-notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {isOpen ? (
        <div class="review-hunks">
          {file.hunks.length === 0 && notes.length === 0 && (
            <p class="review-nothing">{file.kind === 'create' ? texts.emptyFile : texts.noLines}</p>
          )}
          {file.hunks.map((hunk, at) => (
            <HunkChange key={at} {...props} hunk={hunk} at={at} isCurrent={current === at} isFileOut={isOut} />
          ))}
          {actions.onGap && mayGoOn(file) && <End {...props} />}
        </div>
      ) : (
        !isSeen && file.rows > 0 && <p class="review-nothing">{texts.large(file.rows)}</p>
      )}
    </div>
  );
}

/** What follows the last hunk. */
function End(props: {
  readonly file: PatchFile;
  readonly index: number;
  readonly isVirtual: boolean;
  readonly hasAnchors: boolean;
  readonly target: string | null;
  readonly gaps: Gaps;
  readonly actions: FileActions;
}) {
  const { file, index, actions } = props;
  const at = file.hunks.length;
  const rows = props.gaps.get(`${index}:${at}`);
  const last = file.hunks.at(-1)?.rows.at(-1)?.new ?? 0;
  if (rows && rows.length > 0) return <Lines {...props} rows={rows} />;
  return (
    <div class="review-gap">
      <span class="review-gap-lines">
        {rows ? (
          texts.end
        ) : (
          <button type="button" class="link" aria-label={texts.showEnd(last)} onClick={() => actions.onGap?.(at)}>
            {texts.goOn}
          </button>
        )}
      </span>
    </div>
  );
}

function HunkChange(props: {
  readonly file: PatchFile;
  readonly index: number;
  readonly hunk: PatchHunk;
  readonly at: number;
  readonly isCurrent: boolean;
  readonly isFileOut: boolean;
  readonly isVirtual: boolean;
  readonly hasAnchors: boolean;
  readonly left: LeftOut;
  readonly target: string | null;
  readonly gaps: Gaps;
  readonly actions: FileActions;
}) {
  const { index, hunk, at, isCurrent, isFileOut, left, actions } = props;
  const { number, start, skipped } = hunk;
  const gap = props.gaps.get(`${index}:${at}`) ?? [];
  const hidden = gap.length > 0 ? 0 : skipped;
  const isOut = isFileOut || (number !== null && left.has(number));
  const hasHead = hidden > 0 || at > 0 || (number !== null && actions.onChoose !== undefined);
  return (
    <div class={`review-hunk${isOut ? ' review-out' : ''}${isCurrent ? ' review-current' : ''}`}>
      {gap.length > 0 && <Lines {...props} rows={gap} />}
      <div
        class={hasHead ? 'review-gap' : 'review-gap review-gap-none'}
        data-hunk={`${index}:${at}`}
        tabIndex={-1}
        role="group"
        aria-label={hunk.header}
      >
        {hasHead && (
          <>
            <span class="review-gap-lines">
              {hidden > 0 &&
                (actions.onGap ? (
                  <button
                    type="button"
                    class="link"
                    aria-label={texts.showGap(hidden, start)}
                    onClick={() => actions.onGap?.(at)}
                  >
                    {texts.gap(hidden)}
                  </button>
                ) : (
                  texts.gap(hidden)
                ))}
            </span>
            {number !== null && actions.onChoose && (
              <label class="review-check">
                {isOut && <em>{texts.leftOut}</em>}
                <input type="checkbox" checked={!isOut} onChange={() => actions.onChoose?.([number])} />
                {texts.include(number)}
              </label>
            )}
          </>
        )}
      </div>
      <Lines {...props} rows={hunk.rows} />
    </div>
  );
}

function Lines(props: {
  readonly file: PatchFile;
  readonly index: number;
  readonly rows: readonly PatchRow[];
  readonly isVirtual: boolean;
  readonly hasAnchors: boolean;
  readonly target: string | null;
}) {
  const { file, index, hasAnchors } = props;
  return <PatchTable {...props} path={file.path} fileIndex={hasAnchors ? index : null} />;
}
