import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Client, type QueryConfig } from 'pg';
import { serve } from './support/child';
import { FrontendReader, type SentStatement } from './support/frontend.reader';

export interface Replay {
  readonly databaseUrl: string;
  /** Sent first, outside the transactions. */
  readonly before: readonly SentStatement[];
  /** Transactions of a group follow each other, groups do not wait for each other. */
  readonly groups: readonly (readonly (readonly SentStatement[])[])[];
}

const commands = { listen, take, replay };
export type StatementCommands = typeof commands;

/** Groups at a time, each on a connection of its own, as many as a server has for tenants. */
const CONNECTIONS = 4;

let sent: SentStatement[] = [];

/** Passes connections on to a Postgres and records the statements that its clients send. @returns its URL */
async function listen({ databaseUrl }: { databaseUrl: string }): Promise<string> {
  const target = new URL(databaseUrl);
  const server = createServer({ noDelay: true }, (client) => join(client, target));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);
  return url.href;
}

/** The statements since the last call. */
function take(): SentStatement[] {
  const taken = sent;
  sent = [];
  return taken;
}

/** @returns CPU milliseconds of this process */
async function replay({ databaseUrl, before, groups }: Replay): Promise<number> {
  const names = new Map<string, string>();
  const prepared = ({ text, values }: SentStatement) => {
    const name = names.get(text) ?? `replay_${names.size}`;
    names.set(text, name);
    return { name, text, values: [...values] };
  };
  const queue = [...groups];
  const work = async (): Promise<void> => {
    const client = new Client({ connectionString: databaseUrl, pipeline: true });
    await client.connect();
    for (const statement of before) await client.query(prepared(statement));
    for (let group = queue.shift(); group; group = queue.shift()) {
      for (const transaction of group) await execute(client, transaction.map(prepared));
    }
    await client.end();
  };
  const cpuBefore = process.cpuUsage();
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  const { user, system } = process.cpuUsage(cpuBefore);
  return (user + system) / 1_000;
}

/** One transaction in one write. */
async function execute(client: Client, statements: readonly QueryConfig[]): Promise<void> {
  const { stream } = client.connection;
  stream.cork();
  const results = [client.query('begin'), ...statements.map((one) => client.query(one)), client.query('commit')];
  stream.uncork();
  await Promise.all(results);
}

function join(client: Socket, { port, hostname }: URL): void {
  const upstream = connect({ port: Number(port), host: hostname, noDelay: true });
  const reader = new FrontendReader((statement) => sent.push(statement));
  client.on('data', (bytes: Buffer) => {
    upstream.write(bytes);
    reader.read(bytes);
  });
  upstream.on('data', (bytes: Buffer) => client.write(bytes));
  for (const [socket, other] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    socket.on('error', () => undefined);
    socket.on('close', () => other.destroy());
  }
}

if (process.send) serve(commands);
