import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { EgressClient, StartError, codeOf, isLoopback, type Config } from '@assent/platform';
import { connected } from '../../../server/src/connect';
import { fail, ok, warn, type Finding } from './finding';
import { messageOf } from '../message';

const TIMEOUT_MS = 10_000;
const EXPIRY_WARN_DAYS = 14;
const DAY_MS = 86_400_000;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };
/** SQLSTATE: no such table; no right to read it, which the rights report. */
const READS_NO_WEBHOOKS = ['42P01', '42501'];
const SETTINGS = ['LLM_BASE_URL', 'EMBEDDING_BASE_URL', 'JWT_JWKS_URL', 'OTEL_EXPORTER_OTLP_ENDPOINT'] as const;

interface Endpoint {
  readonly subject: string;
  readonly url: string;
  /** A caller named it: only public addresses, plus EGRESS_ALLOW. */
  readonly guarded: boolean;
}

interface Sections {
  readonly mcp?: { readonly servers?: Readonly<Record<string, { readonly url?: string }>> };
}

/**
 * Every address that the server calls: resolved, connected, and with TLS if it is https. No request is sent.
 * @param now the time at which certificates are checked, as Unix milliseconds
 * @param ca certificates to trust, PEM; default: those of Node.js and NODE_EXTRA_CA_CERTS
 */
export async function endpointFindings(config: Config, now = Date.now(), ca?: string): Promise<Finding[]> {
  const guard = new EgressClient({ allow: config.env.EGRESS_ALLOW });
  const endpoints = [...settingEndpoints(config), ...(await mcpEndpoints(config)), ...(await webhookEndpoints(config))];
  return Promise.all(endpoints.map((endpoint) => endpointFinding(endpoint, guard, now, ca)));
}

function settingEndpoints({ env }: Config): Endpoint[] {
  return SETTINGS.flatMap((name) => {
    const url = env[name];
    return url === undefined ? [] : [{ subject: name, url, guarded: false }];
  });
}

/** A tools file that cannot be read is a finding of the settings. */
async function mcpEndpoints({ toolsFile }: Config): Promise<Endpoint[]> {
  if (toolsFile === null) return [];
  try {
    const { mcp } = JSON.parse(await readFile(toolsFile, 'utf8')) as Sections;
    return Object.entries(mcp?.servers ?? {}).flatMap(([name, { url }]) =>
      typeof url === 'string' ? [{ subject: `MCP server ${name}`, url, guarded: false }] : [],
    );
  } catch {
    return [];
  }
}

/** One webhook per origin. An unmigrated database has none; an unusable one has its own finding. */
async function webhookEndpoints({ env: { DATABASE_URL } }: Config): Promise<Endpoint[]> {
  if (DATABASE_URL === undefined) return [];
  try {
    return await connected(DATABASE_URL, async (client) => {
      const { rows } = await client.query<{ url: string }>(
        `select distinct on (origin) url from webhook_endpoints, lateral substring(url from '^[a-z]+://[^/?#]+') as origin
         where state = 'enabled' order by origin`,
      );
      return rows.map(({ url }) => ({ subject: `webhook ${new URL(url).origin}`, url, guarded: true }));
    });
  } catch (error) {
    if (error instanceof StartError || READS_NO_WEBHOOKS.includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

async function endpointFinding(endpoint: Endpoint, guard: EgressClient, now: number, ca?: string): Promise<Finding> {
  const { subject, guarded } = endpoint;
  const url = new URL(endpoint.url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? (PORTS[url.protocol] ?? 0) : Number(url.port);
  try {
    if (guarded) await guard.vet(endpoint.url);
    if (isIP(host) === 0) await lookup(host);
    return url.protocol === 'https:'
      ? await tlsFinding(subject, host, port, now, ca)
      : await tcpFinding(subject, host, port);
  } catch (error) {
    return fail(subject, problemOf(error, host, port));
  }
}

async function tcpFinding(subject: string, host: string, port: number): Promise<Finding> {
  await opened(connectTcp({ host, port }), 'connect');
  const text = `${host}:${port} accepts a connection, which is not encrypted`;
  return isLoopback(host) ? ok(subject, text) : warn(subject, `${text}. Use https.`);
}

async function tlsFinding(subject: string, host: string, port: number, now: number, ca?: string): Promise<Finding> {
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    // The reason for a refusal is read from the socket, in addition to the dates of the certificate.
    rejectUnauthorized: false,
  });
  const { authorized, reason, certificate } = await opened(socket, 'secureConnect', (secured) => ({
    authorized: secured.authorized,
    reason: secured.authorizationError,
    certificate: secured.getPeerCertificate(),
  }));
  return certificateFinding(subject, host, certificate, authorized ? null : String(reason), now);
}

function certificateFinding(
  subject: string,
  host: string,
  { valid_to: validTo }: PeerCertificate,
  refusal: string | null,
  now: number,
): Finding {
  if (refusal !== null) {
    const remedy = 'Correct the certificate, or name its authority in NODE_EXTRA_CA_CERTS.';
    return fail(subject, `the certificate of ${host} is refused (${refusal}). ${remedy}`);
  }
  const days = Math.floor((Date.parse(validTo) - now) / DAY_MS);
  const text = `the certificate of ${host} is valid until ${new Date(validTo).toISOString().slice(0, 10)}`;
  return days < EXPIRY_WARN_DAYS ? warn(subject, `${text}, ${days} days. Renew it.`) : ok(subject, text);
}

/** @returns what `read` finds on the open socket; the socket is closed afterwards */
async function opened<S extends Socket | TLSSocket, T>(
  socket: S,
  event: 'connect' | 'secureConnect',
  read?: (socket: S) => T,
): Promise<T> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return read?.(socket) as T;
  } finally {
    socket.destroy();
  }
}

function problemOf(error: unknown, host: string, port: number): string {
  switch (codeOf(error)) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the name ${host} does not resolve. Correct it, or the resolver of this machine.`;
    case 'ABORT_ERR':
      return `${host}:${port} does not answer within ${TIMEOUT_MS / 1_000} s. Open the firewall, or correct the address.`;
    case 'ECONNREFUSED':
      return `${host}:${port} refuses the connection. Start the program there, or correct the port.`;
    default:
      return messageOf(error);
  }
}
