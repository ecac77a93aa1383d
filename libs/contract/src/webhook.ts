import type { FrameType } from './frame';

/** Frames that webhooks tell of: the event has the type and the body of the frame. */
export const WEBHOOK_FRAMES = [
  'approval.requested',
  'approval.decided',
  'approval.expired',
  'approval.voided',
  'diff.applied',
  'diff.stale',
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const satisfies readonly FrameType[];

/** Every event an endpoint can ask for. Events are added, never renamed. */
export const WEBHOOK_EVENTS = [...WEBHOOK_FRAMES, 'memory.drift'] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];
