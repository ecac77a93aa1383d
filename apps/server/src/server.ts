import 'reflect-metadata';
import type { LoggerService, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApprovalWaits } from '@assent/approvals';
import { EngineService } from '@assent/engine';
import { Admission, installAccess } from '@assent/identity';
import { newId, type Log } from '@assent/platform';
import {
  BODY_LIMIT_BYTES,
  HttpMetrics,
  OtherMethods,
  drainRequests,
  installMcpChallenge,
  ClientErrors,
  answerRouterError,
  installBodyAdmission,
  installHttpEdge,
  installHttpTracing,
  installJsonBody,
  installResponseHeaders,
} from '@assent/gateway';
import { AppModule, type ServerParts } from './app.module';
import { openPages, serveApiDocs } from './pages/api-docs';
import { serveConsole } from './pages/console';
import { serveStartPage } from './pages/start-page';

/** Time for the headers of a request, and for a whole request: a slower client only occupies a connection. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** Interval of Node's check for late requests, 30 s by default: a limit is exact to within it. */
const CONNECTIONS_CHECKING_INTERVAL_MS = 1_000;
/** A connection is closed after this many requests, so that a proxy's next connection may reach another replica. */
const MAX_REQUESTS_PER_SOCKET = 1_000;
const MS_PER_SECOND = 1_000;
/** Runs in progress get half of the grace time; a quarter is left for the last responses, the rest for closing. */
const GRACE_SHARE = 4;
/** The context in which Nest logs a start error that it then throws. */
const THROWN_ON = 'ExceptionHandler';
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** A server that is not listening yet. */
export async function createServer(parts: ServerParts): Promise<NestFastifyApplication> {
  const clientErrors = new ClientErrors();
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxRequestsPerSocket: MAX_REQUESTS_PER_SOCKET,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CONNECTIONS_CHECKING_INTERVAL_MS },
    routerOptions: { ignoreTrailingSlash: true },
    clientErrorHandler: (error, socket) => {
      clientErrors.answer(error, socket);
    },
    frameworkErrors: answerRouterError,
    forceCloseConnections: true,
    trustProxy: parts.config.trustedProxies.length > 0 ? [...parts.config.trustedProxies] : false,
    // Requests that arrive while the last responses are sent are refused by our own code, as a problem document.
    return503OnClosing: false,
    genReqId: ({ headers }: { headers: Record<string, string | string[] | undefined> }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
  });
  // Nest declares its options as a class that is never instantiated.
  /* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment */
  const options = {
    logger: nestLogger(parts.log),
    bodyParser: false,
    // A failed start throws; the error is reported in one line.
    abortOnError: false,
  } satisfies NestApplicationOptions;
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(parts), adapter, options);
  /* eslint-enable @typescript-eslint/no-unsafe-class-instance-assignment */
  const fastify = adapter.getInstance();
  clientErrors.watch(fastify.server);
  // Hooks run in this order; a request that one refuses does not reach the next.
  installResponseHeaders(fastify);
  drainRequests(
    fastify,
    (parts.config.env.SHUTDOWN_GRACE_SECONDS * MS_PER_SECOND) / GRACE_SHARE,
    () => app.get(EngineService).isDraining,
  );
  installHttpTracing(fastify);
  installMcpChallenge(fastify, parts.config);
  installHttpEdge(fastify, parts.config);
  openPages(fastify);
  app.get(OtherMethods).install(fastify);
  installAccess(fastify, app.get(Admission));
  installBodyAdmission(fastify);
  installJsonBody(fastify);
  app.get(HttpMetrics).install(fastify);
  serveApiDocs(app);
  if (parts.config.env.CONSOLE === 'on') serveConsole(fastify, app.get(Admission), parts.config.consoleSignIn);
  else serveStartPage(fastify);
  return app;
}

/** Call it before closing: the server is not ready from this moment on, regardless of how long closing takes. */
export function drain(app: NestFastifyApplication): void {
  app.get(EngineService).drain();
  app.get(ApprovalWaits).drain();
}

/** Writes Nest's own log lines to the log of the process. */
function nestLogger(log: Log): LoggerService {
  return {
    log: (message: unknown, context?: unknown) => {
      log.debug({ context }, String(message));
    },
    warn: (message: unknown, context?: unknown) => {
      log.warn({ context }, String(message));
    },
    error: (message: unknown, stack?: unknown, context?: unknown) => {
      if (context === THROWN_ON) return;
      log.error({ context, stack }, String(message));
    },
  };
}
