import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually';
import { freePort } from './free-port';
import { Http2Caller } from './http2-caller';

const ROOT = join(__dirname, '../..');
const MS_PER_SECOND = 1_000;

export const PROXIES = ['nginx', 'caddy', 'haproxy'] as const;
export type ProxyKind = (typeof PROXIES)[number];

export interface Proxy {
  /** https, with a certificate that nobody has signed. */
  readonly url: string;
  close(): Promise<void>;
}

interface Setting {
  readonly folder: string;
  readonly port: number;
  readonly certificate: string;
  readonly key: string;
  readonly upstreams: readonly [string, string];
  readonly timeScale: number;
}

/** A file for the proxy, and the command that starts it. */
interface Prepared {
  readonly file: string;
  readonly config: string;
  readonly command: readonly [string, ...string[]];
}

const shipped = (name: string) => readFile(join(ROOT, 'docker', name), 'utf8');
const inMs = (seconds: string, timeScale: number) => `${(Number(seconds) * MS_PER_SECOND) / timeScale}ms`;

/** What the page says about TLS replaces the plain port of nginx.conf. */
async function nginx({ folder, port, certificate, key, upstreams, timeScale }: Setting): Promise<Prepared> {
  const page = await readFile(join(ROOT, 'docs/deployment.md'), 'utf8');
  const tls = (/^```nginx\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '')
    .replace(/listen 443/, `listen 127.0.0.1:${port}`)
    .replace(/ssl_certificate [^;]*/, `ssl_certificate ${certificate}`)
    .replace(/ssl_certificate_key [^;]*/, `ssl_certificate_key ${key}`);
  const servers = upstreams.map((upstream) => `server ${upstream} max_fails=1 fail_timeout=2s;`).join(' ');
  const config = (await shipped('nginx.conf'))
    .replaceAll('/tmp/', `${folder}/`)
    .replace(/\n *resolver [^\n]*/, '')
    .replace(/server server:8080 [^;]*;/, servers)
    .replace('listen 8080;', tls)
    .replaceAll(
      /(proxy_read_timeout) (\d+)s/g,
      (_, name: string, seconds: string) => `${name} ${inMs(seconds, timeScale)}`,
    );
  const file = join(folder, 'nginx.conf');
  return { file, config, command: ['nginx', '-c', file, '-g', 'daemon off;'] };
}

async function caddy({ folder, port, certificate, key, upstreams, timeScale }: Setting): Promise<Prepared> {
  const config = (await shipped('Caddyfile'))
    .replace('admin off', 'admin off\n\tauto_https off\n\tdefault_sni assent.example')
    .replace(/^assent\.example \{/m, `https://127.0.0.1:${port} {\n\tbind 127.0.0.1\n\ttls ${certificate} ${key}`)
    .replaceAll('replica-1:8080 replica-2:8080', upstreams.join(' '))
    .replaceAll(
      /(import replicas) (\d+)s/g,
      (_, name: string, seconds: string) => `${name} ${inMs(seconds, timeScale)}`,
    );
  const file = join(folder, 'Caddyfile');
  return { file, config, command: ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'] };
}

async function haproxy({ folder, port, certificate, key, upstreams, timeScale }: Setting): Promise<Prepared> {
  const pem = join(folder, 'assent.pem');
  await writeFile(pem, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')));
  const config = (await shipped('haproxy.cfg'))
    .replace('bind :443 ssl crt /etc/haproxy/assent.pem', `bind 127.0.0.1:${port} ssl crt ${pem}`)
    .replaceAll(/(replica-[12]) replica-([12]):8080/g, (_, name: string, number: string) => {
      return `${name} ${upstreams[Number(number) - 1] ?? ''}`;
    })
    .replaceAll(/(timeout (?:client|server)) (\d+)s/g, (_, name: string, seconds: string) => {
      return `${name} ${inMs(seconds, timeScale)}`;
    });
  const file = join(folder, 'haproxy.cfg');
  return { file, config, command: ['haproxy', '-db', '-f', file] };
}

const PREPARE = { nginx, caddy, haproxy };

/**
 * A proxy with the shipped configuration, its addresses replaced.
 * @param upstreams `host:port` of both replicas
 * @param timeScale 60: a minute of the configuration is a second
 */
export async function openProxy(kind: ProxyKind, upstreams: readonly [string, string], timeScale = 1): Promise<Proxy> {
  const [folder, port] = await Promise.all([mkdtemp(join(tmpdir(), `assent-${kind}-`)), freePort()]);
  await chmod(folder, 0o755);
  const [certificate, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=assent.example', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
  ]);
  const { file, config, command } = await PREPARE[kind]({ folder, port, certificate, key, upstreams, timeScale });
  await writeFile(file, config);
  const [program, ...args] = command;
  const log = join(folder, 'output.log');
  const output = await open(log, 'w');
  const child = spawn(program, args, {
    // A file, because nginx opens its standard error by name.
    stdio: ['ignore', output.fd, output.fd],
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin`, HOME: folder },
  });
  const gone = once(child, 'exit');
  await output.close();
  const url = `https://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    // nginx would leave its workers behind; Caddy would wait for open streams.
    child.kill(kind === 'nginx' ? 'SIGTERM' : 'SIGKILL');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await eventually(`${kind} serves`, async () => child.exitCode !== null || (await isServing(url)));
    if (child.exitCode !== null) throw new Error(`${kind} did not start: ${await readFile(log, 'utf8')}`);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}

async function isServing(url: string): Promise<boolean> {
  const response = await new Http2Caller(url).send('GET', '/readyz');
  await response.text();
  return response.status === 200;
}
