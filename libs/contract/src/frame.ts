import { Type, type Static } from '@sinclair/typebox';
import { FRAME_BODIES } from './frame-bodies';
import { Timestamp, Uuid, nullable } from './schema';

export { FRAME_BODIES } from './frame-bodies';

export type FrameType = keyof typeof FRAME_BODIES;
export type FrameBody<T extends FrameType> = Static<(typeof FRAME_BODIES)[T]>;

export const FRAME_TYPES = Object.keys(FRAME_BODIES) as FrameType[];
export const TERMINAL_FRAME_TYPES: ReadonlySet<string> = new Set<FrameType>([
  'run.completed',
  'run.failed',
  'run.cancelled',
]);

/** A frame before the log has given it a seq and a time. */
export type NewFrame = {
  [T in FrameType]: {
    readonly type: T;
    readonly step: number;
    readonly body: FrameBody<T>;
    /** What webhooks get beside the body: they cannot look things up. */
    readonly webhook?: Readonly<Record<string, unknown>>;
  };
}[FrameType];

/** What every frame carries beside its body. */
export interface FrameHead {
  readonly runId: string;
  /** Starts at 1, contiguous within the run, immutable. */
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds, the database's clock. */
  readonly at: string;
  readonly step: number;
  readonly clientTraceId: string | null;
  /** W3C trace context of the run; only there when it has one. */
  readonly traceparent?: string;
  /** The run was forgotten: the frame has this head and no body. Without `traceparent`. */
  readonly erased?: true;
}

/** A frame on the wire: head and body in one flat object. */
export type Frame = { [T in FrameType]: FrameHead & { readonly type: T } & FrameBody<T> }[FrameType];

/** The factory of the union. */
export function frame<T extends FrameType>(type: T, step: number, frameBody: FrameBody<T>): NewFrame {
  return { type, step, body: frameBody } as NewFrame;
}

export const FrameSchema = Type.Object(
  {
    runId: Uuid,
    seq: Type.Integer({ minimum: 1 }),
    at: Timestamp,
    type: Type.String({ description: `One of ${FRAME_TYPES.join(', ')}; ignore what you do not know` }),
    step: Type.Integer(),
    clientTraceId: nullable(Type.String()),
    traceparent: Type.Optional(
      Type.String({ description: 'W3C trace context of the run; the same in all its frames; absent: none' }),
    ),
    erased: Type.Optional(
      Type.Literal(true, { description: 'The run was forgotten: what the frame said is gone; absent: it was not' }),
    ),
  },
  { additionalProperties: true },
);
