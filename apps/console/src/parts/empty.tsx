import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon';

/** What a list is for, where it has nothing, and the button that fills it. */
export function Empty(props: {
  readonly title: string;
  readonly text: ComponentChildren;
  readonly action?: ComponentChildren;
  readonly icon?: IconName;
  /** There is no other heading on the page. */
  readonly isPage?: boolean;
}) {
  const Heading = props.isPage === true ? 'h1' : 'h2';
  return (
    <div class="empty">
      {props.icon && (
        <span class="empty-icon">
          <Icon name={props.icon} />
        </span>
      )}
      <Heading>{props.title}</Heading>
      <p>{props.text}</p>
      {props.action}
    </div>
  );
}
