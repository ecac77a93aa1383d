import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalTimes, CrowdAnswers, EndpointCommands } from './endpoints.process';
import { Child } from './support/child';
import { cpuMsOf, residentBytesOf } from './support/cpu';
import { makeFiles } from './support/cycle.run';
import { startMcpServer, type McpServer } from './support/mcp.server';
import { Meter } from './support/meter';
import { openPlace } from './support/place';
import { noneGoal, type BenchReport, type Figure } from './support/report';
import { KEYS, startServer, type ServerProcess } from './support/server';
import { percentile } from './support/statistics';

const WARM_UP = 30;
const APPROVALS = 200;
const QUESTIONS = 200;
const ROUNDS = 6;
const CALLS_A_ROUND = 100;
const CROWD = 1_000;
const IDLE_MS = 20_000;
const MIB = 1_024 * 1_024;

const POLICY = {
  version: 1,
  rules: [{ id: 'echo', tools: ['mcp.every.echo'], effects: ['read'], verdict: 'allow', reason: 'It only answers.' }],
};

interface Scene {
  readonly server: ServerProcess;
  readonly upstream: McpServer;
  readonly meter: Meter;
  readonly client: Child<EndpointCommands>;
  readonly workspace: string;
}

/** What a user of the endpoints waits for: a real server process, real HTTP, a client in a process of its own. */
export async function endpoints(): Promise<BenchReport> {
  const place = await openPlace();
  const client = Child.start<EndpointCommands>(require.resolve('./endpoints.process'));
  const upstream = await startMcpServer();
  try {
    const workspace = join(place.folder, 'workspace');
    await makeFiles(workspace, WARM_UP + APPROVALS);
    const [tools, policy] = [join(place.folder, 'tools.json'), join(place.folder, 'policy.json')];
    const every = { url: upstream.url, effects: { echo: 'read' } };
    await writeFile(tools, JSON.stringify({ mcp: { servers: { every }, trust: 'first-use' } }));
    await writeFile(policy, JSON.stringify(POLICY));
    const env = {
      DATABASE_URL: place.databaseUrl,
      WORKSPACES: `bench=${workspace}`,
      TOOLS_FILE: tools,
      POLICY_FILE: policy,
    };
    const server = await startServer({ env });
    const meter = await Meter.open(place.databaseUrl, server.pid);
    try {
      return await measure({ server, upstream, meter, client, workspace });
    } finally {
      await meter.close();
      await server.stop();
    }
  } finally {
    await client.stop();
    await upstream.stop();
    await place.remove();
  }
}

async function measure(scene: Scene): Promise<BenchReport> {
  const { server, client, workspace } = scene;
  const people = { url: server.url, ...KEYS };
  await client.ask('approve', { ...people, workspace, first: 0, count: WARM_UP });
  const approvals = await client.ask('approve', { ...people, workspace, first: WARM_UP, count: APPROVALS });
  await client.ask('answerHooks', { ...people, first: 0, count: WARM_UP });
  const hooks = await client.ask('answerHooks', { ...people, first: WARM_UP, count: QUESTIONS });
  const load = loadavg()[0] ?? Number.NaN;
  const gateway = await compareGateway(scene);
  const crowd = await holdCrowd(scene, WARM_UP + QUESTIONS);
  return {
    figures: [
      ...approvalFigures(approvals),
      { what: 'hook: decision -> answer to the agent, p50', value: percentile(hooks, 0.5), unit: 'ms' },
      { what: '  p95', value: percentile(hooks, 0.95), unit: 'ms' },
      ...gatewayFigures(gateway),
      ...crowdFigures(crowd),
    ],
    goals: [
      noneGoal(
        'questions without their answer',
        crowd.lost,
        `${CROWD} open at the same time, every third refused with a comment of its own`,
      ),
    ],
    notes: [
      `The load of the machine was ${load.toFixed(1)} after the latencies. They are those of one at a time, ${APPROVALS} approvals and ${QUESTIONS} questions.`,
      'An approval is decided over JSON-RPC; the frame diff.applied comes over SSE, the file is seen by a watcher of its folder.',
      'Gateway: the same client and MCP server, over Streamable HTTP on both ways; CPU without the client.',
    ],
  };
}

interface Side {
  readonly ms: number[];
  cpuMs: number;
}

interface Gateway {
  readonly direct: Side;
  readonly through: Side;
}

/** The same calls, in turns. */
async function compareGateway({ server, upstream, meter, client }: Scene): Promise<Gateway> {
  const key = KEYS.developer;
  await client.ask('connectMcp', { side: 'direct', url: upstream.url, key });
  await client.ask('connectMcp', { side: 'through', url: `${server.url}/mcp/gateway`, key });
  const tools = { direct: 'echo', through: 'every__echo' };
  const measured: Gateway = { direct: { ms: [], cpuMs: 0 }, through: { ms: [], cpuMs: 0 } };
  let first = 0;
  const turn = async (side: keyof Gateway): Promise<{ ms: number[]; cpuMs: number }> => {
    first += CALLS_A_ROUND;
    const upstreamFrom = cpuMsOf(upstream.pid);
    const { result, serverCpuMs, postgresCpuMs } = await meter.cpuAround(() =>
      client.ask('callTool', { side, tool: tools[side], first, count: CALLS_A_ROUND }),
    );
    const ours = side === 'direct' ? 0 : serverCpuMs + postgresCpuMs;
    return { ms: result, cpuMs: cpuMsOf(upstream.pid) - upstreamFrom + ours };
  };
  for (const side of ['direct', 'through'] as const) await turn(side);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const side of ['direct', 'through'] as const) {
      const { ms, cpuMs } = await turn(side);
      measured[side].ms.push(...ms);
      measured[side].cpuMs += cpuMs;
    }
  }
  return measured;
}

interface Crowd extends CrowdAnswers {
  readonly bytesBefore: number;
  readonly bytesHeld: number;
  /** Share of one processor, of server and Postgres. */
  readonly idleBefore: number;
  readonly idleHeld: number;
  readonly decidingCpuMs: number;
}

async function holdCrowd({ server, meter, client }: Scene, first: number): Promise<Crowd> {
  const questions = { url: server.url, ...KEYS, first, count: CROWD };
  const idle = async (): Promise<number> => {
    const { serverCpuMs, postgresCpuMs } = await meter.cpuAround(() => delay(IDLE_MS));
    return (serverCpuMs + postgresCpuMs) / IDLE_MS;
  };
  const idleBefore = await idle();
  const bytesBefore = residentBytesOf(server.pid);
  await client.ask('openCrowd', questions);
  const idleHeld = await idle();
  const bytesHeld = residentBytesOf(server.pid);
  const { result, serverCpuMs, postgresCpuMs } = await meter.cpuAround(() => client.ask('decideCrowd', questions));
  return { ...result, bytesBefore, bytesHeld, idleBefore, idleHeld, decidingCpuMs: serverCpuMs + postgresCpuMs };
}

function approvalFigures({ answeredMs, frameMs, fileMs }: ApprovalTimes): Figure[] {
  const rows = (what: string, values: readonly number[]): Figure[] => [
    { what: `approve -> ${what}, p50`, value: percentile(values, 0.5), unit: 'ms' },
    { what: '  p95', value: percentile(values, 0.95), unit: 'ms' },
  ];
  return [
    ...rows('the decision is answered', answeredMs),
    ...rows('file', fileMs),
    ...rows('frame diff.applied', frameMs),
  ];
}

function gatewayFigures({ direct, through }: Gateway): Figure[] {
  const calls = ROUNDS * CALLS_A_ROUND;
  const [p50, throughP50] = [percentile(direct.ms, 0.5), percentile(through.ms, 0.5)];
  return [
    { what: 'tools/call of a read, directly, p50', value: p50, unit: 'ms' },
    { what: '  through the gateway, p50', value: throughP50, unit: 'ms' },
    { what: '  through the gateway, p95', value: percentile(through.ms, 0.95), unit: 'ms' },
    { what: '  ratio of p50', value: throughP50 / p50, unit: 'x' },
    { what: '  CPU of the MCP server, directly', value: direct.cpuMs / calls, unit: 'ms' },
    { what: '  CPU of Assent, Postgres and the MCP server', value: through.cpuMs / calls, unit: 'ms' },
    { what: '  ratio of CPU', value: through.cpuMs / direct.cpuMs, unit: 'x' },
  ];
}

function crowdFigures(crowd: Crowd): Figure[] {
  return [
    { what: 'memory of the server, no question open', value: crowd.bytesBefore / MIB, unit: 'MiB' },
    { what: `  ${CROWD.toLocaleString('en')} questions held`, value: crowd.bytesHeld / MIB, unit: 'MiB' },
    { what: 'CPU of server and Postgres, idle', value: crowd.idleBefore * 100, unit: '%' },
    { what: `  ${CROWD.toLocaleString('en')} questions held`, value: crowd.idleHeld * 100, unit: '%' },
    { what: 'first decision -> the last of them answered', value: crowd.seconds, unit: 's' },
    { what: '  decision -> answer, p50', value: percentile(crowd.answerMs, 0.5), unit: 'ms' },
    { what: '  decision -> answer, p95', value: percentile(crowd.answerMs, 0.95), unit: 'ms' },
    { what: '  CPU of server and Postgres for each', value: crowd.decidingCpuMs / CROWD, unit: 'ms' },
  ];
}
