import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon';
import { PARTS } from './texts';

/** A modal dialog. Put `autofocus` on the element that gets the focus; else the first one does. */
export function Dialog(props: {
  readonly open: boolean;
  readonly title: ComponentChildren;
  readonly onClose: () => void;
  readonly footer?: ComponentChildren;
  readonly wide?: boolean;
  readonly children?: ComponentChildren;
}) {
  const { open, title, onClose, footer, wide = false, children } = props;
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    if (!dialog || !open) return undefined;
    dialog.showModal();
    return () => dialog.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={element}
      class={`dialog${wide ? ' dialog-wide' : ''}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === element.current) onClose();
      }}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <button type="button" class="copy" aria-label={PARTS.close} onClick={onClose}>
            <Icon name="cross" />
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {footer !== undefined && <footer class="dialog-foot">{footer}</footer>}
      </div>
    </dialog>
  );
}
