import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AssentError, type Scope } from '@assent/contract';
import { RequireAccess, requireScope } from '@assent/identity';
import { Config } from '@assent/platform';
import type { CallContext } from '../call.context';

const WELL_KNOWN = '.well-known/oauth-protected-resource';
const UNAUTHORIZED = 401;

/** Paths of the MCP endpoints. Their 401 and 403 say where clients get a token. */
const ENDPOINTS: ReadonlySet<string> = new Set(['/mcp', '/mcp/gateway']);

/** Scopes of the tools of `/mcp`. */
const SCOPES_OF_SERVER: readonly Scope[] = ['run:write', 'run:read', 'approval:read', 'memory:read', 'permission:ask'];

/** MUST be called before the routes are created. */
export function installMcpChallenge(fastify: FastifyInstance, config: Config): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (ENDPOINTS.has(request.routeOptions.url ?? '') && reply.statusCode === UNAUTHORIZED) {
      reply.header('www-authenticate', `Bearer ${metadataParameter(request, config)}`);
    }
    done(null, payload);
  });
}

/** @throws AssentError forbidden, with the header that names the missing scope */
export function requireMcpScope(
  scope: Scope,
  { principal }: CallContext,
  {
    request,
    reply,
    config,
  }: { readonly request: FastifyRequest; readonly reply: FastifyReply; readonly config: Config },
): void {
  if (!principal.scopes.has(scope)) {
    const metadata = metadataParameter(request, config);
    reply.header('www-authenticate', `Bearer error="insufficient_scope", scope="${scope}", ${metadata}`);
  }
  requireScope(principal, scope);
}

/** RFC 9728: where a client gets a token for the endpoint. */
@ApiExcludeController()
@Controller(WELL_KNOWN)
export class McpMetadataController {
  constructor(private readonly config: Config) {}

  @Get('mcp/gateway')
  @RequireAccess('public')
  gateway(): object {
    return this.metadata(['run:write', 'run:read']);
  }

  @Get('mcp')
  @RequireAccess('public')
  server(): object {
    return this.metadata(SCOPES_OF_SERVER);
  }

  private metadata(scopes: readonly Scope[]): object {
    const { tokens } = this.config;
    if (!tokens) {
      throw new AssentError(
        'not_found',
        'This server has no authorization server. Use an API key as the bearer token.',
      );
    }
    return {
      resource: tokens.audience,
      authorization_servers: [tokens.issuer],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
    };
  }
}

function metadataParameter(request: FastifyRequest, { env }: Config): string {
  const path = request.routeOptions.url ?? '';
  const base = env.PUBLIC_URL ?? `${request.protocol}://${request.host}`;
  return `resource_metadata="${base.replace(/\/$/, '')}/${WELL_KNOWN}${path}"`;
}
