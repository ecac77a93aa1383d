import type { WebhookEvent } from '@assent/client/webhooks';
import { assentWebhook, listen, serve, setting } from '../receiver';

const TIMEOUT_MS = 10_000;
/** 1 to 5; 4 makes a phone vibrate. */
const HIGH = 4;

const server = setting('NTFY_URL', 'https://ntfy.sh');
const topic = setting('NTFY_TOPIC');
const token = process.env['NTFY_TOKEN'];

async function push(event: WebhookEvent): Promise<void> {
  if (event.type !== 'approval.requested') return;
  const { title, requester, workspace, reviewUrl } = event.data;
  const link = reviewUrl !== null && {
    click: reviewUrl,
    actions: [{ action: 'view', label: 'Review', url: reviewUrl }],
  };
  const response = await fetch(server, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    // Only what a locked screen may show: the change itself is behind the link.
    body: JSON.stringify({
      topic,
      title,
      message: `${requester} asks in ${workspace || 'Assent'}.`,
      tags: ['raised_hand'],
      priority: HIGH,
      ...link,
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`ntfy answered ${response.status}: ${await response.text()}`);
}

listen(serve({ '/assent': assentWebhook(setting('ASSENT_WEBHOOK_SECRET'), push) }));
