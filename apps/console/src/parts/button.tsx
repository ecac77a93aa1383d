import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon, type IconName } from './icon';
import { PARTS } from './texts';

export interface ButtonProps {
  readonly tone?: 'primary' | 'plain' | 'danger' | 'quiet';
  /** The scope that the seat lacks: the button is disabled and names it. */
  readonly missingScope?: string | undefined;
  readonly busy?: boolean;
  readonly disabled?: boolean;
  readonly icon?: IconName;
  /** Makes it a link that looks like a button. */
  readonly href?: string;
  readonly type?: 'button' | 'submit';
  readonly small?: boolean;
  /** A key that does the same, shown in the button. */
  readonly hotkey?: string;
  readonly title?: string;
  readonly label?: string;
  readonly form?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly autofocus?: boolean;
  readonly onClick?: (event: MouseEvent) => void;
  readonly children?: ComponentChildren;
}

export function Button(props: ButtonProps) {
  const { tone = 'plain', missingScope, busy = false, disabled = false, icon, href, small = false, hotkey } = props;
  const hintId = useId();
  const kind = `button button-${tone}${small ? ' button-small' : ''}`;
  const content = (
    <>
      {busy ? <span class="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {props.children}
      {hotkey !== undefined && <kbd aria-hidden="true">{hotkey}</kbd>}
    </>
  );
  if (href !== undefined && missingScope === undefined && !disabled) {
    return (
      <a class={kind} href={href} title={props.title} aria-label={props.label} onClick={props.onClick}>
        {content}
      </a>
    );
  }
  const button = (
    <button
      type={props.type ?? 'button'}
      class={kind}
      disabled={disabled || busy || missingScope !== undefined}
      aria-busy={busy}
      aria-describedby={missingScope === undefined ? undefined : hintId}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={hotkey}
      autofocus={props.autofocus}
      title={props.title}
      form={props.form}
      onClick={props.onClick}
    >
      {content}
    </button>
  );
  if (missingScope === undefined) return button;
  return (
    <span class="button-denied">
      {button}
      <small id={hintId}>{PARTS.needs(missingScope)}</small>
    </span>
  );
}
