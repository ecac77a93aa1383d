import type { LogFrame } from '../frame.log';

/** The body of a frame and its type; `step+1` is an unknown type that begins a step. `at`: milliseconds of its time. */
export interface Told {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Frames of one run with seq, step and time filled in: one frame each second, unless `ms` says otherwise. */
export function framesOf(all: readonly Told[]): LogFrame[] {
  let step = 1;
  return all.map(({ ms, ...body }, index) => {
    if (body.type === 'step+1') step += 1;
    const time = typeof ms === 'number' ? ms : (index + 1) * 1_000;
    const at = new Date(Date.UTC(2026, 2, 2) + time).toISOString();
    return { runId: 'r1', seq: index + 1, at, step, clientTraceId: null, ...body };
  });
}
