import type { Approval } from '@assent/client';
import { callback, type WebhookEvent } from '@assent/client/webhooks';
import { assentWebhook, listen, serve, setting, type Route } from '../receiver';
import { endedBlocks, requestMessage, votedBlocks, type Target } from './message';
import { Slack, escaped, isFromSlack, readClick, type Block, type Click } from './slack';

const TIMEOUT_MS = 10_000;
/** Posted messages that are updated when the approval is decided elsewhere. */
const POSTED_MAX = 1_000;
const ENDED = [409, 410, 412];

const assentUrl = setting('ASSENT_URL', 'http://127.0.0.1:8080');
const sign = callback(setting('ASSENT_CALLBACK_KEY'));
const slack = new Slack(setting('SLACK_API_URL', 'https://slack.com/api'), setting('SLACK_BOT_TOKEN'));
const signingSecret = setting('SLACK_SIGNING_SECRET');
const channel = setting('SLACK_CHANNEL');

interface Posted {
  readonly channel: string;
  readonly ts: string;
  readonly blocks: readonly Block[];
}
const posted = new Map<string, Posted>();

/** Posts a message for a requested approval, and takes its buttons away when it has ended elsewhere. */
async function onEvent(event: WebhookEvent): Promise<void> {
  switch (event.type) {
    case 'approval.requested': {
      const message = requestMessage(event.data);
      const { channel: id, ts } = await slack.call('chat.postMessage', { channel, ...message });
      posted.set(event.data.approvalId, { channel: id, ts, blocks: message.blocks });
      const [oldest] = posted.keys();
      if (posted.size > POSTED_MAX && oldest !== undefined) posted.delete(oldest);
      return;
    }
    case 'approval.decided':
      return end(event.data.approvalId, `${wordOf(event.data.decision)} by ${escaped(event.data.actor)}.`);
    case 'approval.expired':
      return end(event.data.approvalId, 'Expired: nobody decided in time.');
    case 'approval.voided':
      return end(event.data.approvalId, `Withdrawn: ${escaped(event.data.reason)}`);
    default:
  }
}

async function end(approvalId: string, line: string): Promise<void> {
  const message = posted.get(approvalId);
  if (!message) return;
  await update(message, endedBlocks(message.blocks, line));
  posted.delete(approvalId);
}

async function update({ channel, ts }: Pick<Posted, 'channel' | 'ts'>, blocks: readonly Block[]): Promise<void> {
  await slack.call('chat.update', { channel, ts, blocks, text: 'Review' });
}

/** Slack waits three seconds for an answer, so that a click is answered before it is worked on. */
const onClick: Route = (body, headers) => {
  if (!isFromSlack(body, headers, signingSecret)) return 401;
  const click = readClick(body);
  if (click) void decide(click).catch((error: unknown) => console.error(error));
  return 200;
};

/** Decides in the name of the person who has clicked. Slack has authenticated them, Assent knows who they are. */
async function decide({ user, channel: { id }, message: { ts, blocks }, actions }: Click): Promise<void> {
  const [action] = actions;
  const decision = action?.action_id;
  if (action?.value === undefined || (decision !== 'approve' && decision !== 'reject')) return;
  const { approvalId, hash } = JSON.parse(action.value) as Target;
  const onBehalfOf = {
    provider: 'slack',
    externalId: user.id,
    ...(user.username !== undefined && { displayName: user.username }),
  };
  const request = sign({ url: assentUrl, approvalId, decision, hash, onBehalfOf });
  const response = await fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.ok) {
    const approval = (await response.json()) as Approval;
    const line = `${wordOf(decision)} by <@${user.id}>.`;
    await update({ channel: id, ts }, votedBlocks(blocks, approval, line));
    return;
  }
  const { detail = `Assent answered ${response.status}.` } = (await response.json()) as { detail?: string };
  // Its buttons are of no use any more: it is decided, has expired, or has other content.
  if (ENDED.includes(response.status)) await update({ channel: id, ts }, endedBlocks(blocks, escaped(detail)));
  await slack.call('chat.postEphemeral', { channel: id, user: user.id, text: escaped(detail) });
}

function wordOf(decision: 'approve' | 'reject'): string {
  return decision === 'approve' ? 'Approved' : 'Rejected';
}

listen(serve({ '/assent': assentWebhook(setting('ASSENT_WEBHOOK_SECRET'), onEvent), '/slack/interactions': onClick }));
