import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

/** A row of a table that shows more below it while it is open. */
export function OpenRow(props: {
  readonly isOpen: boolean;
  /** Of the button that opens and closes it. */
  readonly label: string;
  /** Columns of the table, with that of the button. */
  readonly columns: number;
  readonly onToggle: () => void;
  readonly detail: () => ComponentChildren;
  readonly children: ComponentChildren;
}) {
  const { isOpen, label, columns, onToggle, detail, children } = props;
  return (
    <>
      <tr>
        {children}
        <td class="table-toggle">
          <button type="button" class="copy" aria-expanded={isOpen} aria-label={label} onClick={onToggle}>
            <Icon name="chevron" />
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr class="table-detail">
          <td colSpan={columns}>{detail()}</td>
        </tr>
      )}
    </>
  );
}
