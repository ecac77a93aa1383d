import { Run } from './run';

const FRAMES = [
  {
    runId: 'r1',
    seq: 1,
    at: '2026-03-02T08:00:00.000Z',
    type: 'run.started',
    step: 1,
    clientTraceId: null,
    goal: 'Restore',
    workspace: 'example',
    requester: 'developer',
  },
];

/** A server component that has read the first frames. */
export default function Page() {
  return <Run initialFrames={FRAMES} />;
}
