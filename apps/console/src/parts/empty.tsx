import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon';

/** What a list is for, where it has nothing, and the button that fills it. */
export function Empty(props: {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly action?: ComponentChildren;
  readonly icon?: IconName;
}) {
  return (
    <div class="empty">
      {props.icon && (
        <span class="empty-icon">
          <Icon name={props.icon} />
        </span>
      )}
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.action}
    </div>
  );
}
