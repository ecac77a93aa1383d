import { Button } from '../../parts/button';
import { FileChange } from './file.change';
import type { FileChange as FileFacts } from './file.facts';
import type { LeftOut } from './hunk.choice';
import { NO_GAPS, type Gaps, type PatchFile } from './patch.rows';
import { TEXTS } from './texts';

/** A file with more rows is closed at first. */
const CLOSED_ABOVE = 400;
/** With more rows only those near the screen are in the page. */
const VIRTUAL_ABOVE = 800;
const { change: texts } = TEXTS;

export interface OpenFiles {
  /** Files that a person has opened or closed; the others follow their size. */
  readonly chosen: ReadonlyMap<number, boolean>;
  readonly set: (chosen: ReadonlyMap<number, boolean>) => void;
}

export function isOpen(file: PatchFile, index: number, { chosen }: OpenFiles): boolean {
  return chosen.get(index) ?? file.rows <= CLOSED_ABOVE;
}

/** All files of a change. */
export function ChangeList(props: {
  readonly files: readonly PatchFile[];
  readonly facts: readonly FileFacts[];
  readonly open: OpenFiles;
  readonly seen: ReadonlySet<string> | null;
  readonly left: LeftOut;
  readonly target: string | null;
  /** Hunk that the keyboard is at, as `file:hunk`. */
  readonly current: string | null;
  /** Unchanged lines that were asked for. */
  readonly gaps?: Gaps;
  readonly editScope?: string | undefined;
  readonly onGap?: ((fileIndex: number, at: number) => void) | undefined;
  readonly onSeen?: ((path: string) => void) | undefined;
  readonly onChoose?: ((numbers: readonly number[]) => void) | undefined;
  readonly onEdit?: ((path: string) => void) | undefined;
}) {
  const { files, facts, open, seen, left, target, current, editScope, onGap, onSeen, onChoose, onEdit } = props;
  const { gaps = NO_GAPS } = props;
  const shownRows = [...files.map(({ rows }) => rows), ...Array.from(gaps.values(), ({ length }) => length)];
  const isVirtual = shownRows.reduce((sum, rows) => sum + rows, 0) > VIRTUAL_ABOVE;
  const toggle = (index: number, isNow: boolean) => open.set(new Map(open.chosen).set(index, !isNow));
  return (
    <div class="review-change">
      {files.length > 1 && (
        <div class="review-change-bar">
          {seen && (
            <span class="muted num" role="status">
              {texts.seenCount(files.filter(({ path }) => seen.has(path)).length, files.length)}
            </span>
          )}
          <Button tone="quiet" small onClick={() => open.set(new Map(files.map((_, index) => [index, false])))}>
            {texts.collapseAll}
          </Button>
          <Button tone="quiet" small onClick={() => open.set(new Map(files.map((_, index) => [index, true])))}>
            {texts.expandAll}
          </Button>
        </div>
      )}
      {files.map((file, index) => {
        const isNow = isOpen(file, index, open);
        const [currentFile, currentHunk] = (current ?? '').split(':');
        return (
          <FileChange
            key={index}
            file={file}
            index={index}
            facts={facts.find(({ path }) => path === file.path)}
            isOpen={isNow}
            isSeen={seen?.has(file.path) ?? false}
            isVirtual={isVirtual}
            hasAnchors={seen !== null}
            left={left}
            target={target}
            gaps={gaps}
            current={currentFile === String(index) ? Number(currentHunk) : null}
            editScope={editScope}
            actions={{
              onToggle: () => toggle(index, isNow),
              onGap: onGap && ((at) => onGap(index, at)),
              onSeen: onSeen && (() => onSeen(file.path)),
              onChoose,
              onEdit: onEdit && (() => onEdit(file.path)),
            }}
          />
        );
      })}
    </div>
  );
}
