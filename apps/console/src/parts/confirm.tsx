import type { ComponentChildren } from 'preact';
import { can } from '../session/session';
import { useAction } from './action';
import { Button } from './button';
import { Dialog } from './dialog';
import { Problem } from './problem';
import { PARTS } from './texts';

/** A dialog that asks before something is done. It closes when it is done. The focus is on the field with `autofocus`, else on Cancel. */
export function Confirm(props: {
  readonly open: boolean;
  readonly title: ComponentChildren;
  readonly action: string;
  readonly tone?: 'primary' | 'danger';
  readonly disabled?: boolean;
  /** Scope that the action needs. */
  readonly scope?: string;
  /** Of the button that leaves everything as it is. */
  readonly cancel?: string;
  readonly act: () => Promise<void>;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}) {
  const { open, title, action, tone = 'primary', disabled = false, scope, cancel, act, onClose, children } = props;
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
        {cancel ?? PARTS.cancel}
      </Button>
      <Button
        tone={tone}
        busy={isBusy}
        disabled={disabled}
        missingScope={scope === undefined || can(scope) ? undefined : scope}
        onClick={confirm}
      >
        {action}
      </Button>
    </>
  );
  return (
    <Dialog open={open} title={title} onClose={close} footer={footer}>
      {children}
      {error !== undefined && <Problem error={error} retry={confirm} />}
    </Dialog>
  );
}
