import { Controller, Get, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AssentError, MCP_PATHS, type Scope } from '@assent/contract';
import { RequireAccess, requireScope } from '@assent/identity';
import { Config } from '@assent/platform';
import type { CallContext } from '../call.context';

const WELL_KNOWN = '.well-known/oauth-protected-resource';
const UNAUTHORIZED = 401;

/** Their 401 and 403 say where clients get a token. */
const ENDPOINTS: ReadonlySet<string> = new Set(MCP_PATHS);

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
  gateway(@Req() request: FastifyRequest): object {
    return this.metadata(addressOf(request, '/mcp/gateway', this.config), ['run:write', 'run:read']);
  }

  @Get('mcp')
  @RequireAccess('public')
  server(@Req() request: FastifyRequest): object {
    return this.metadata(addressOf(request, '/mcp', this.config), SCOPES_OF_SERVER);
  }

  /** @param resource the address that clients connect to, which they compare with it */
  private metadata(resource: string, scopes: readonly Scope[]): object {
    const { tokens } = this.config;
    if (!tokens) {
      throw new AssentError(
        'not_found',
        'This server has no authorization server. Use an API key as the bearer token.',
      );
    }
    return {
      resource,
      authorization_servers: [tokens.issuer],
      scopes_supported: scopes,
      bearer_methods_supported: ['header'],
    };
  }
}

function metadataParameter(request: FastifyRequest, config: Config): string {
  return `resource_metadata="${addressOf(request, `/${WELL_KNOWN}${request.routeOptions.url ?? ''}`, config)}"`;
}

function addressOf({ protocol, host }: FastifyRequest, path: string, config: Config): string {
  return config.publicAddress(path) ?? `${protocol}://${host}${path}`;
}
