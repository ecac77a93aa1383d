import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http';
import { AssentError } from '@assent/client';
import { verify, type WebhookEvent } from '@assent/client/webhooks';

/** Far above any event or click. */
const BODY_MAX_BYTES = 1_048_576;
/** Remembered events; a repeat of an older one is sent again. */
const SEEN_MAX = 1_000;

/** Answers a `POST` with a status. It gets the bytes as they came, because signatures are over bytes. */
export type Route = (body: Buffer, headers: IncomingHttpHeaders) => number | Promise<number>;

/** Serves `POST` on the given paths. Nothing happens on a `GET`: link previews and scanners send them. */
export function serve(routes: Readonly<Record<string, Route>>): Server {
  return createServer((request, response) => {
    void answer(routes, request).then((status) => response.writeHead(status).end());
  });
}

async function answer(routes: Readonly<Record<string, Route>>, request: IncomingMessage): Promise<number> {
  const route = routes[new URL(request.url ?? '/', 'http://localhost').pathname];
  if (!route) return 404;
  if (request.method !== 'POST') return 405;
  try {
    const body = await bytesOf(request);
    return body ? await route(body, request.headers) : 413;
  } catch (error) {
    console.error(error);
    return 502;
  }
}

async function bytesOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Receives webhooks of Assent. An event whose handler fails is answered with 502, and Assent sends it again.
 * @param secret of the webhook
 */
export function assentWebhook(secret: string, handle: (event: WebhookEvent) => Promise<void>): Route {
  const seen = new Set<string>();
  return async (body, headers) => {
    let event: WebhookEvent;
    try {
      event = verify(body, headers, secret);
    } catch (error) {
      if (error instanceof AssentError) return 401;
      throw error;
    }
    if (seen.has(event.id)) return 204;
    await handle(event);
    seen.add(event.id);
    const [oldest] = seen;
    if (seen.size > SEEN_MAX && oldest !== undefined) seen.delete(oldest);
    return 204;
  };
}

/** A setting. @throws Error when it is not set */
export function setting(name: string, fallback?: string): string {
  const value = process.env[name] ?? fallback;
  if (value !== undefined && value !== '') return value;
  throw new Error(`${name} is not set. See the README of this example.`);
}

/** Listens on HOST and PORT, and prints the address. */
export function listen(server: Server): void {
  const host = setting('HOST', '127.0.0.1');
  server.listen(Number(setting('PORT', '8787')), host, () => {
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    console.log(`Listening at http://${host}:${port}`);
  });
}
