import { dirname, join } from 'node:path';
import { EVENT_SETTINGS } from '@assent/test-support/event-receiver';
import { eventually } from '@assent/test-support/eventually';
import { decide, startPending } from '@assent/test-support/pending';
import { RECEIVER_CERTIFICATE } from '@assent/test-support/receiver';
import { DEVELOPER_KEY } from '@assent/test-support/server-process';
import type { Stage } from '@assent/test-support/stage';
import { launch } from './clients';

const FILE = 'ai-sdk-events.mjs';
export const EVENTS_EXPECTED = [
  'listed: true',
  'subscribed',
  'refreshed: true',
  'event: rejected of this approval',
  'unsubscribed',
  '0 subscriptions left',
].join('; ');

/** The AI SDK subscribes to decisions; one is made. @returns what it has printed, as one line */
export async function playEvents(stage: Stage, folder: string): Promise<string> {
  const { process: server, developer, reviewer } = await stage.start(EVENT_SETTINGS);
  const run = launch({ folder, file: FILE }, [], folder, {
    ASSENT_URL: `${server.url}/mcp`,
    ASSENT_KEY: DEVELOPER_KEY,
    CERTIFICATE: RECEIVER_CERTIFICATE,
    CERTIFICATE_KEY: join(dirname(RECEIVER_CERTIFICATE), 'localhost.key.pem'),
  });
  try {
    await eventually('the client has subscribed', () => run.output().includes('refreshed'));
    const pending = await startPending(developer, 'events.txt', 'one\n');
    await decide(reviewer, pending, 'reject');
    await run.ended;
    const lines = run.output().replace(pending.approvalId, 'of this approval').trim().split('\n');
    const left = await stage.rows('select 1 from event_subscriptions');
    return [...lines, `${left.length} subscriptions left`].join('; ');
  } finally {
    run.kill();
  }
}
