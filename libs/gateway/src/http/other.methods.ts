import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { TransportRefusal } from './transport.problem';

interface MethodRefusal {
  /** Methods of this address, for the `Allow` header. */
  readonly allow: string;
}

/** Answers 405 with `Allow` when a known address does not support the method. */
@Injectable()
export class OtherMethods implements OnApplicationBootstrap {
  private readonly taken = new Map<string, Set<string>>();

  constructor(private readonly host: HttpAdapterHost<FastifyAdapter>) {}

  /** MUST be called before the routes are registered. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onRoute', ({ url, method, config }) => {
      if (refusalOf(config)) return;
      // The router accepts an address with and without a trailing slash.
      const address = url === '/' ? url : url.replace(/\/$/, '');
      const methods = this.taken.get(address) ?? new Set();
      for (const name of [method].flat()) methods.add(name);
      this.taken.set(address, methods);
    });
    fastify.addHook('onRequest', (request, reply, done) => {
      const refusal = refusalOf(request.routeOptions.config);
      if (!refusal && !request.is404) {
        done();
        return;
      }
      if (refusal) reply.header('allow', refusal.allow);
      const isKnownMethod = fastify.supportedMethods.includes(request.method);
      done(new TransportRefusal(refusal ? 405 : isKnownMethod ? 404 : 501));
    });
  }

  /**
   * Runs when all routes are registered. The router does the matching, so an address has the same meaning for every
   * method.
   */
  onApplicationBootstrap(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.register((instance, _options, done) => {
      for (const [url, methods] of [...this.taken]) {
        const others = instance.supportedMethods.filter((name) => !methods.has(name));
        const config: MethodRefusal = { allow: [...methods].sort().join(', ') };
        // The hook sends the response.
        instance.route({ url, method: others, config, handler: () => undefined });
      }
      done();
    });
  }
}

function refusalOf(config: unknown): MethodRefusal | null {
  return config !== undefined && 'allow' in (config as object) ? (config as MethodRefusal) : null;
}
