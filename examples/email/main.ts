import type { WebhookEvent } from '@assent/client/webhooks';
import { assentWebhook, listen, serve, setting } from '../receiver';

const TIMEOUT_MS = 10_000;

const api = setting('MAIL_API_URL', 'https://api.resend.com/emails');
const key = setting('MAIL_API_KEY');
const from = setting('MAIL_FROM');
const to = setting('MAIL_TO')
  .split(',')
  .map((address) => address.trim());

type Requested = Extract<WebhookEvent, { type: 'approval.requested' }>['data'];

/** Plain text: nothing in it can look like something else, and no scanner finds a button. */
function textOf({
  goal,
  requester,
  tool,
  workspace,
  files,
  filesTotal,
  risks,
  needed,
  reviewUrl,
  expiresAt,
}: Requested) {
  const listed = files.map(({ path, kind, added, removed }) => `  ${kind} ${path} (+${added} -${removed})`);
  const unlisted = filesTotal - files.length;
  return [
    reviewUrl === null ? 'Open the console of Assent to review it.' : `Review it here: ${reviewUrl}`,
    `Goal: ${goal}`,
    `Asked by ${requester} for ${tool}${workspace === '' ? '' : ` in ${workspace}`}.`,
    ...(listed.length > 0
      ? [['Files:', ...listed, ...(unlisted > 0 ? [`  and ${unlisted} more`] : [])].join('\n')]
      : []),
    ...(risks.length > 0 ? [`Risks: ${risks.join(', ')}`] : []),
    `Needed: ${needed.people} ${needed.people === 1 ? 'person' : 'people'}${needed.roles.length > 0 ? ` (${needed.roles.join(', ')})` : ''}, until ${expiresAt}.`,
  ].join('\n\n');
}

async function send(event: WebhookEvent): Promise<void> {
  if (event.type !== 'approval.requested') return;
  const subject = `Review: ${event.data.title.replaceAll(/\s+/g, ' ')}`;
  const response = await fetch(api, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${key}`,
      // The same at every attempt, so that an event is mailed once.
      'idempotency-key': event.id,
    },
    body: JSON.stringify({ from, to, subject, text: textOf(event.data) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`The mail API answered ${response.status}: ${await response.text()}`);
}

listen(serve({ '/assent': assentWebhook(setting('ASSENT_WEBHOOK_SECRET'), send) }));
