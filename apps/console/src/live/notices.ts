import { announce } from '../parts/announce';
import { navigate } from '../router';
import { href } from '../addresses';
import { seat } from '../session/session';
import { SHELL } from '../texts';
import { inbox } from './inbox';
import { notify } from './notifications';

/** Says when an approval of somebody else's run begins to wait: to screen readers, and by a notification where it is wanted. */
export function startNotices(): void {
  inbox.onEvent(({ type, requester }) => {
    if (type !== 'approval.requested' || requester === seat.value?.subject) return;
    announce(SHELL.notice);
    notify(SHELL.notice, () => navigate(href('approvals')));
  });
}
