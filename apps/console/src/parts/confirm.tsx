import type { ComponentChildren } from 'preact';
import { useAction } from './action';
import { Button } from './button';
import { Dialog } from './dialog';
import { Problem } from './problem';
import { PARTS } from './texts';

/** A dialog that asks before something is done. It closes when it is done. */
export function Confirm(props: {
  readonly open: boolean;
  readonly title: ComponentChildren;
  readonly action: string;
  readonly tone?: 'primary' | 'danger';
  readonly disabled?: boolean;
  readonly act: () => Promise<void>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const { open, title, action, tone = 'primary', disabled = false, act, onClose, children } = props;
  const { isBusy, error, run, reset } = useAction();
  const close = (): void => {
    reset();
    onClose();
  };
  const confirm = (): void =>
    run(async () => {
      await act();
      onClose();
    });
  const footer = (
    <>
      <Button onClick={close} autofocus>
        {PARTS.cancel}
      </Button>
      <Button tone={tone} busy={isBusy} disabled={disabled} onClick={confirm}>
        {action}
      </Button>
    </>
  );
  return (
    <Dialog open={open} title={title} onClose={close} footer={footer}>
      {children}
      {error !== undefined && <Problem error={error} />}
    </Dialog>
  );
}
