import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { TransportRefusal } from './transport.problem';

interface MethodRefusal {
  /** Methods of this address, for the `Allow` header. */
  readonly allow: string;
}

interface Address {
  readonly pattern: RegExp;
  readonly methods: ReadonlySet<string>;
}

/** Responds with 405 and `Allow` when a known address does not support the method. */
@Injectable()
export class OtherMethods implements OnApplicationBootstrap {
  private readonly taken = new Map<string, Set<string>>();
  private sorted: readonly Address[] | undefined;

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
      if (!request.is404 && !refusalOf(request.routeOptions.config)) {
        done();
        return;
      }
      if (!fastify.supportedMethods.includes(request.method)) {
        done(new TransportRefusal(501));
        return;
      }
      const refusal = refusalOf(request.routeOptions.config) ?? this.refusalAt(request.url);
      if (refusal) reply.header('allow', refusal.allow);
      done(new TransportRefusal(refusal ? 405 : 404));
    });
  }

  /**
   * Runs when all routes are registered. `GET /approvals/decisions` would otherwise reach `/approvals/:id`, although that
   * address only supports POST.
   */
  onApplicationBootstrap(): void {
    const fastify = this.host.httpAdapter.getInstance();
    fastify.register((instance, _options, done) => {
      const addresses = this.addresses();
      for (const [url, methods] of [...this.taken]) {
        const wider = addresses.filter((address) => address.methods !== methods && address.pattern.test(url));
        const method = [...new Set(wider.flatMap((address) => [...address.methods]))].filter(
          (name) => !methods.has(name),
        );
        // The hook sends the response.
        if (method.length > 0) instance.route({ url, method, config: refusalBy(methods), handler: () => undefined });
      }
      done();
    });
  }

  /** The router found no route, so no address that matches supports the method. */
  private refusalAt(url: string): MethodRefusal | null {
    // As the router does: the path ends at the query or at the fragment.
    const [path = ''] = url.split(/[?#]/);
    const found = this.addresses().find(({ pattern }) => pattern.test(decodeURI(path)));
    return found ? refusalBy(found.methods) : null;
  }

  /** The most specific first. */
  private addresses(): readonly Address[] {
    return (this.sorted ??= [...this.taken]
      .sort(([a], [b]) => variables(a) - variables(b))
      .map(([url, methods]) => ({ methods, pattern: patternOf(url) })));
  }
}

/** The router's pattern of an address, such as `/runs/:id` or `/ui/*`. */
function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*';
    return segment.startsWith(':') ? '[^/]+' : segment.replace(/[.]/g, '\\.');
  });
  return new RegExp(`^${segments.join('/')}/?$`);
}

function variables(url: string): number {
  return url.split(/[:*]/).length;
}

function refusalBy(methods: ReadonlySet<string>): MethodRefusal {
  return { allow: [...methods].sort().join(', ') };
}

function refusalOf(config: unknown): MethodRefusal | null {
  return config !== undefined && 'allow' in (config as object) ? (config as MethodRefusal) : null;
}
