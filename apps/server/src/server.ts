import 'reflect-metadata';
import type { LoggerService, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { EngineService } from '@assent/engine';
import type { Log } from '@assent/platform';
import { newId } from '@assent/platform';
import { answerBeforeClosing, BODY_LIMIT_BYTES, HttpMetrics, installHttpEdge, installHttpTracing } from '@assent/rpc';
import { AppModule, type ServerParts } from './app.module';

/** Time a client has to send a whole request; a slower one is holding a place on purpose. */
const REQUEST_TIMEOUT_MS = 30_000;
const MS_PER_SECOND = 1_000;
/** Runs in hand get half of the grace time; a quarter is left for the last answers, the rest for closing. */
const PATIENCE_SHARE = 4;
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** A server that is not listening yet. */
export async function createServer(parts: ServerParts): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    trustProxy: parts.config.trustedProxies.length > 0 ? [...parts.config.trustedProxies] : false,
    // What comes while the last answers go out is refused by us, as a problem document.
    return503OnClosing: false,
    // A HEAD of a stream would open one that nobody reads.
    exposeHeadRoutes: false,
    genReqId: ({ headers }: { headers: Record<string, string | string[] | undefined> }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
  });
  // Nest declares its options as a class that nobody makes instances of.
  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
  const options = { logger: nestLogger(parts.log), bodyParser: false } satisfies NestApplicationOptions;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(parts), adapter, options);
  /* eslint-enable @typescript-eslint/no-unsafe-class-instance-assignment */
  answerBeforeClosing(
    adapter.getInstance(),
    (parts.config.env.SHUTDOWN_GRACE_SECONDS * MS_PER_SECOND) / PATIENCE_SHARE,
    () => app.get(EngineService).isDraining,
  );
  installHttpTracing(adapter.getInstance());
  installHttpEdge(adapter.getInstance(), parts.config);
  app.get(HttpMetrics).install(adapter.getInstance());
  const info = new DocumentBuilder()
    .setTitle('Assent')
    .setDescription('REST for reviewers and reads of runs. JSON-RPC: docs/protocol.md')
    .setVersion('1')
    // The schemas of the contract are JSON Schema, which 3.1 takes as it is.
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth()
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, info), { jsonDocumentUrl: 'openapi.json' });
  return app;
}

/** The server is about to be closed: not ready from this moment on, whatever the closing waits for. */
export function drain(app: NestFastifyApplication): void {
  app.get(EngineService).drain();
}

/** Nest's own lines in the process's log. */
function nestLogger(log: Log): LoggerService {
  return {
    log: (message: unknown, context?: unknown) => {
      log.debug({ context }, String(message));
    },
    warn: (message: unknown, context?: unknown) => {
      log.warn({ context }, String(message));
    },
    error: (message: unknown, stack?: unknown, context?: unknown) => {
      log.error({ context, stack }, String(message));
    },
  };
}
