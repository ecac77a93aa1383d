import type { FastifyInstance } from 'fastify';
import type { RouteAccess } from '@assent/identity';
import type { PagePolicy } from '@assent/gateway';
import { START_PAGE, START_PAGE_POLICY } from './start-page.html';

const OPEN: RouteAccess & PagePolicy = { access: 'public', contentSecurityPolicy: START_PAGE_POLICY };

/** What a person sees who opens the server's address in a browser. */
export function serveStartPage(fastify: FastifyInstance): void {
  fastify.get('/', { config: OPEN }, (_request, reply) => {
    void reply.type('text/html; charset=utf-8').send(START_PAGE);
  });
}
