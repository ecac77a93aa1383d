import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DELTA_TEXT, broadcast, machineMs, residentBytes, type Broadcast, type Opened } from './support/broadcast';
import { serve } from './support/child';

const commands = { open, publish, memory };

const HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store, no-transform' };

const audiences = new Map<string, Set<ServerResponse>>();
let plan: Broadcast | undefined;

/** The rival: node:http, a set of responses a channel, the same bytes written to each; nothing stored, nothing resumed. */
async function open(given: Broadcast): Promise<Opened> {
  plan = given;
  const paths = Array.from({ length: given.channels }, () => `/runs/${randomUUID()}/frames`);
  for (const path of paths) audiences.set(path, new Set());
  const server = createServer((request, response) => {
    const audience = audiences.get(request.url ?? '');
    response.writeHead(audience ? 200 : 404, HEADERS);
    response.write(`retry: 1000\n: ${request.url ?? ''}\n\n`);
    audience?.add(response);
    response.on('close', () => audience?.delete(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

async function publish(): Promise<Float64Array> {
  if (!plan) throw new Error('open comes first.');
  const { frames, channels } = plan;
  const at = new Float64Array(channels * frames);
  const rooms = [...audiences].map(([path, audience]) => ({ runId: path.split('/')[2], audience }));
  await broadcast(plan, (channel, seq) => {
    const room = rooms[channel];
    const head = { runId: room?.runId, seq, at: new Date().toISOString(), type: 'trace.delta', step: 1 };
    const text = `id: ${seq}\ndata: ${JSON.stringify({ ...head, clientTraceId: null, text: DELTA_TEXT })}\n\n`;
    at[channel * frames + seq - 1] = machineMs();
    for (const response of room?.audience ?? []) response.write(text);
  });
  return at;
}

function memory(): number {
  return residentBytes();
}

serve(commands);
