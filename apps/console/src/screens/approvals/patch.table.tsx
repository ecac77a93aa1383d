import { useEffect, useRef, useState } from 'preact/hooks';
import { Pieces, Spelled } from '../../parts/spelled';
import { spellParts } from '../../text/hidden';
import { rowId } from './flag.rows';
import type { PatchRow } from './patch.rows';
import { TEXTS } from './texts';
import { pairedRows, wordPieces } from './word.pieces';

const BLOCK_ROWS = 100;
/** Height of a row that does not wrap, in pixels: what a block that is not on the screen is expected to take. */
const ROW_HEIGHT = 20;
/** How far from the screen a block is in the page. */
const NEAR = '1200px';
const CARRIAGE_RETURN = /\r$/;
const { change: texts } = TEXTS;

/** The rows of a hunk. Of a large change only the rows near the screen are in the page. */
export function PatchTable(props: {
  readonly path: string;
  /** null: the rows have no ids. */
  readonly fileIndex: number | null;
  readonly rows: readonly PatchRow[];
  readonly isVirtual: boolean;
  /** A row that has to be in the page. */
  readonly target: string | null;
}) {
  const { path, fileIndex, rows, isVirtual, target } = props;
  const idOf = (row: PatchRow) => (fileIndex === null ? undefined : rowId(fileIndex, row));
  const pairs = pairedRows(rows);
  const starts = isVirtual ? blockStarts(rows.length) : [0];
  return (
    <table class="patch" aria-label={texts.table(path)}>
      <colgroup>
        <col class="patch-col-number" />
        <col class="patch-col-number" />
        <col class="patch-col-mark" />
        <col />
      </colgroup>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{texts.oldLine}</th>
          <th scope="col">{texts.newLine}</th>
          <th scope="col">{texts.mark}</th>
          <th scope="col">{texts.text}</th>
        </tr>
      </thead>
      {starts.map((start) => {
        const end = isVirtual ? start + BLOCK_ROWS : rows.length;
        const block = rows.slice(start, end);
        return (
          <Block key={start} count={block.length} isAlways={!isVirtual || block.some((row) => idOf(row) === target)}>
            {() =>
              block.map((row, offset) => {
                const partner = rows[pairs.get(start + offset) ?? -1];
                return <Row key={offset} id={idOf(row)} row={row} partner={partner ?? null} />;
              })
            }
          </Block>
        );
      })}
    </table>
  );
}

function Block(props: {
  readonly count: number;
  readonly isAlways: boolean;
  readonly children: () => preact.ComponentChildren;
}) {
  const { count, isAlways, children } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const height = useRef(count * ROW_HEIGHT);
  const [isNear, setNear] = useState(isAlways);
  useEffect(() => {
    const element = body.current;
    if (!element || isAlways) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        // A fast scroll reports several changes at once, the newest last.
        const entry = entries.at(-1);
        if (!entry) return;
        if (!entry.isIntersecting && entry.boundingClientRect.height > 0) {
          height.current = entry.boundingClientRect.height;
        }
        setNear(entry.isIntersecting);
      },
      { rootMargin: `${NEAR} 0px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isAlways]);
  const isShown = isAlways || isNear;
  return (
    <tbody ref={body}>
      {isShown ? (
        children()
      ) : (
        <tr>
          <td colSpan={4} style={{ height: `${height.current}px` }} />
        </tr>
      )}
    </tbody>
  );
}

const KINDS = { '+': 'added', '-': 'removed', ' ': 'same' } as const;
const MINUS = '\u2212';

function Row({
  id,
  row,
  partner,
}: {
  readonly id: string | undefined;
  readonly row: PatchRow;
  readonly partner: PatchRow | null;
}) {
  const { mark, old, new: after } = row;
  return (
    <tr class={`patch-row patch-${KINDS[mark]}`} id={id} tabIndex={-1}>
      <td class="patch-number">{old}</td>
      <td class="patch-number">{after}</td>
      <td class="patch-mark">{mark === '-' ? MINUS : mark}</td>
      <td class="patch-text">
        <RowText row={row} partner={partner} />
        {row.isUnended && <span class="patch-end">{texts.unended}</span>}
      </td>
    </tr>
  );
}

function RowText({ row, partner }: { readonly row: PatchRow; readonly partner: PatchRow | null }) {
  const text = row.text.replace(CARRIAGE_RETURN, '');
  // A line that differs from its partner by its end alone would look the same on both sides.
  const showsEnd = row.mark !== ' ' && text !== row.text && partner?.text !== row.text && hasOtherEnd(row, partner);
  const end = showsEnd ? (
    <span class="hidden-character" title={texts.carriageReturn}>
      ⟨U+000D⟩
    </span>
  ) : null;
  if (!partner) return <>{[<Spelled key="text" text={text} />, end]}</>;
  const other = partner.text.replace(CARRIAGE_RETURN, '');
  const isBefore = row.mark === '-';
  const pieces = wordPieces(isBefore ? text : other, isBefore ? other : text, isBefore ? 'before' : 'after');
  if (!pieces) return <>{[<Spelled key="text" text={text} />, end]}</>;
  const spelledPieces = spellParts(pieces.map((piece) => piece.text));
  return (
    <bdi class="spelled">
      {pieces.map((piece, index) => {
        const content = <Pieces of={spelledPieces[index] ?? []} />;
        return piece.isChanged ? <mark key={index}>{content}</mark> : <span key={index}>{content}</span>;
      })}
      {end}
    </bdi>
  );
}

function hasOtherEnd(row: PatchRow, partner: PatchRow | null): boolean {
  return partner !== null && row.text.endsWith('\r') !== partner.text.endsWith('\r');
}

function blockStarts(count: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / BLOCK_ROWS) }, (_, index) => index * BLOCK_ROWS);
}
