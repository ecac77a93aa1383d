import { AlertScene } from '../support/alert-scene';
import { framesPath, readEvents } from '../support/event-stream';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { Receiver } from '../support/receiver';
import type { Replica } from '../support/stage';
import { answering, createWebhook, ping } from '../support/webhooks';

const EVENTS = 6;

describe('alerts on approvals, webhooks and retention', () => {
  let scene: AlertScene;
  let server: Replica;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.open();
    scene = await AlertScene.open();
    server = await scene.start({
      EGRESS_ALLOW: '127.0.0.0/8',
      WEBHOOK_SECRET_KEY: 'k'.repeat(32),
      FRAME_RETENTION_DAYS: '1',
      SWEEP_SECONDS: '1',
    });
    await scene.watch(server);
    await scene.runOnce();
  });
  afterAll(async () => {
    await scene.close();
    await receiver.close();
  });

  const age = (column: string, interval: string, approvalId: string) =>
    scene.stage.rows(`update approvals set ${column} = now() - $1::interval where id = $2`, [interval, approvalId]);

  it('fire when approvals expire undecided', () =>
    scene.prove({
      provoke: async () => {
        for (let run = 0; run < EVENTS; run += 1) {
          const { approvalId } = await startPending(server.developer, `expires-${run}.txt`, 'x');
          await age('expires_at', '1 ms', approvalId);
        }
      },
      alerts: [
        {
          alert: 'AssentApprovalsExpire',
          shows: /assent_approval_decisions_total\{decision="expire"\} [1-9][\s\S]*file\.write/,
        },
      ],
      fix: () => Promise.resolve(),
    }));

  it('fire when an approval waits for hours', async () => {
    const pending = await startPending(server.developer, 'old.txt', 'x');
    await scene.prove({
      provoke: () => age('created_at', '5 hours', pending.approvalId),
      alerts: [{ alert: 'AssentApprovalTooOld', shows: /assent_approval_oldest_seconds 18\d{3}/ }],
      variables: () => ({ APPROVAL_ID: pending.approvalId }),
      fix: () => decide(server.reviewer, pending, 'reject'),
    });
  });

  it('fire when an overdue approval does not expire', async () => {
    const pending = await startPending(server.developer, 'stuck.txt', 'x');
    await scene.prove({
      provoke: async () => {
        await scene.stage.rows(
          `create function stuck() returns trigger language plpgsql as $$ begin raise exception 'it is stuck'; end $$`,
        );
        await scene.stage.rows(
          `create trigger stuck before update of state on approvals for each row execute function stuck()`,
        );
        await age('expires_at', '5 minutes', pending.approvalId);
      },
      alerts: [
        { alert: 'AssentApprovalExpiryStuck', shows: /assent_approval_overdue_seconds [1-9]\d\d[\s\S]*it is stuck/ },
      ],
      fix: async () => {
        await scene.stage.rows('drop trigger stuck on approvals');
        await framesUntil(server.developer, pending.runId, 'run.failed');
      },
    });
  });

  it('fire when a receiver refuses deliveries', async () => {
    const webhook = await createWebhook(server.developer, `${receiver.origin}/refuses`, ['run.failed']);
    await scene.prove({
      provoke: async () => {
        receiver.answer = answering(500);
        for (let event = 0; event < EVENTS; event += 1) await ping(server.developer, webhook.id);
      },
      alerts: [
        {
          alert: 'AssentWebhookFailures',
          shows: /assent_webhook_attempts_total\{outcome="retry"\} [1-9][\s\S]*\| +500 \|/,
        },
      ],
      fix: async () => {
        receiver.answer = (response) => response.end('{}');
        await scene.stage.rows(`update webhook_deliveries set next_attempt_at = now() where state = 'pending'`);
        await eventually('every event is delivered', async () => {
          return (await scene.stage.rows(`select from webhook_deliveries where state <> 'delivered'`)).length === 0;
        });
      },
    });
  });

  it('fire when a receiver is too slow', async () => {
    const webhook = await createWebhook(server.developer, `${receiver.origin}/hangs`, ['run.failed']);
    await scene.prove({
      provoke: async () => {
        receiver.answer = () => undefined;
        for (let event = 0; event < EVENTS; event += 1) await ping(server.developer, webhook.id);
        // What only time would do.
        await scene.stage.rows(
          `update webhook_deliveries set next_attempt_at = now() - interval '10 minutes' where state = 'pending'`,
        );
      },
      alerts: [{ alert: 'AssentWebhookBacklog', shows: /assent_webhook_oldest_due_seconds [3-9]\d\d/ }],
      fix: async () => {
        receiver.answer = (response) => response.end('{}');
        await eventually('every event is delivered', async () => {
          await scene.stage.rows(
            `update webhook_deliveries set next_attempt_at = now() where state = 'pending' and next_attempt_at > now()`,
          );
          return (await scene.stage.rows(`select from webhook_deliveries where state <> 'delivered'`)).length === 0;
        });
      },
    });
  });

  it('fire when clients come back after the frames were deleted', async () => {
    const pending = await startPending(server.developer, 'purged.txt', 'x', { clientTraceId: 'came-back-late' });
    await decide(server.reviewer, pending, 'reject');
    await framesUntil(server.developer, pending.runId, 'run.completed');
    await scene.stage.rows(`update runs set finished_at = now() - interval '3 days' where id = $1`, [pending.runId]);
    await eventually(
      'the frames are deleted',
      async () => (await scene.stage.rows('select from frames where run_id = $1', [pending.runId])).length === 0,
      120_000,
    );
    await scene.prove({
      provoke: () => {
        scene.repeat(() => readEvents(server.developer, framesPath(pending.runId, '?after=1')), 100);
        return Promise.resolve();
      },
      alerts: [{ alert: 'AssentStreamGaps', shows: /assent_stream_gaps_total [1-9]/ }],
      variables: () => ({ RUN_ID: pending.runId, CLIENT_TRACE_ID: 'came-back-late' }),
      fix: () => scene.calm(),
    });
  });
});
