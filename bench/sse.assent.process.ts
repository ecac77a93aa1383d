import { randomUUID } from 'node:crypto';
import { frame } from '@assent/contract';
import { FrameAppender, FrameHub, type FrameLine } from '@assent/runs';
import { openApp, type OwnApp } from './support/app';
import { DELTA_TEXT, broadcast, machineMs, residentBytes, type Broadcast, type Opened } from './support/broadcast';
import { serve } from './support/child';
import { insertRuns, withClient } from './support/place';

const commands: SseServerCommands = { open, publish, memory };
/** What either server of the comparison answers. */
export interface SseServerCommands {
  readonly open: (broadcast: Broadcast & { databaseUrl: string }) => Promise<Opened>;
  /** When each frame was handed to the sockets, channel after channel. */
  readonly publish: (argument: null) => Promise<Float64Array>;
  readonly memory: (argument: null) => number;
}

let own: OwnApp | undefined;
let plan: Broadcast | undefined;
let runIds: readonly string[] = [];

async function open({ databaseUrl, ...given }: Broadcast & { databaseUrl: string }): Promise<Opened> {
  plan = given;
  own = await openApp(databaseUrl);
  runIds = Array.from({ length: given.channels }, () => randomUUID());
  await withClient(databaseUrl, (client) => insertRuns(client, runIds, 'running', 0));
  return { url: own.url, paths: runIds.map((runId) => `/runs/${runId}/frames`) };
}

async function publish(): Promise<Float64Array> {
  if (!own || !plan) throw new Error('open comes first.');
  const { frames, channels } = plan;
  const appender = own.app.get(FrameAppender, { strict: false });
  const hub = own.app.get(FrameHub, { strict: false });
  const at = new Float64Array(channels * frames);
  const unwatch = runIds.map((runId, channel) => {
    const listener = {
      deliver: (lines: readonly FrameLine[]): void => {
        for (const { seq } of lines) at[channel * frames + seq - 1] = machineMs();
      },
      close: () => undefined,
    };
    const stop = hub.watch(runId, listener);
    hub.join(runId, listener, 0);
    return stop;
  });
  await broadcast(plan, (channel) =>
    appender.append({ runId: runIds[channel] ?? '', fence: 1 }, [frame('trace.delta', 1, { text: DELTA_TEXT })]),
  );
  for (const stop of unwatch) stop();
  return at;
}

function memory(): number {
  return residentBytes();
}

serve(commands, async () => {
  await own?.close();
});
