import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { JsonObject } from '@assent/contract';
import { MemoryTrust, contextWithoutFiles } from '@assent/tools/testing';
import type { ExternalAdapter, ReadAdapter, ToolContext, ToolHost, ToolSource } from '@assent/tools';
import { family } from '../http.family';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A real server on loopback, and http tools that may call it. */
export class HttpStage {
  readonly seen: SeenRequest[] = [];
  readonly secrets = new Map([['API_TOKEN', 's3cret-value']]);
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end();
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      this.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      this.answer(response, request);
    });
  });
  private readonly sockets = new Set<Socket>();
  private readonly sources: ToolSource[] = [];

  async open(): Promise<void> {
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Stops every source and waits until all connections are closed. */
  async close(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.stop()));
    await Promise.all(Array.from(this.sockets, (socket) => new Promise((done) => socket.once('close', done))));
    this.server.close();
    await once(this.server, 'close');
  }

  tools(settings: JsonObject = {}, egressAllow = '127.0.0.0/8'): { get: ReadAdapter; request: ExternalAdapter } {
    const [source] = family.create({ hosts: ['127.0.0.1'], ...settings }, this.host(egressAllow));
    if (!source || !('tools' in source)) throw new Error('The family made no source.');
    this.sources.push(source);
    const [get, request] = source.tools();
    if (get?.effect !== 'read' || request?.effect !== 'external') throw new Error('The source has other tools.');
    return { get, request };
  }

  context(changes: Partial<ToolContext> = {}): ToolContext {
    return contextWithoutFiles(changes);
  }

  private host(egressAllow: string): ToolHost {
    return {
      egressAllow,
      trust: new MemoryTrust(),
      log: { info: () => undefined, warn: () => undefined },
      redact: (text) => text,
      secret: (name) => {
        const value = this.secrets.get(name);
        if (value === undefined) throw new Error(`${name} is not set`);
        return value;
      },
    };
  }
}

/** A fresh stage for each test of the file. */
export function useHttpStage(): { current: HttpStage } {
  const stage = { current: new HttpStage() };
  beforeEach(async () => {
    stage.current = new HttpStage();
    await stage.current.open();
  });
  afterEach(async () => stage.current.close());
  return stage;
}
