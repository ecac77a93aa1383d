import type { ComponentChildren } from 'preact';
import { seats, switchSeat, useSeat } from '../session/session';
import { Button } from './button';
import { Empty } from './empty';
import { Page } from './page';
import { PARTS } from './texts';

/** Shows its content to people who have the scope, and the others which scope it is. @param title of a whole page */
export function Needs(props: {
  readonly scope: string;
  readonly title?: string;
  readonly children: ComponentChildren;
}) {
  const { scope, title, children } = props;
  const { subject, scopes } = useSeat();
  if (scopes.includes(scope)) return <>{children}</>;
  const others = seats.value.filter((other) => other.scopes.includes(scope));
  const denied = (
    <Empty
      icon="person"
      title={PARTS.problem.forbidden}
      text={PARTS.lacks(subject, scope)}
      action={
        others.length > 0 && (
          <span class="toolbar">
            {others.map((other) => (
              <Button key={other.subject} onClick={() => switchSeat(other.subject)}>
                {PARTS.continueAs(other.subject)}
              </Button>
            ))}
          </span>
        )
      }
    />
  );
  return title === undefined ? denied : <Page title={title}>{denied}</Page>;
}
