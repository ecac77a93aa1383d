import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import { LRUCache } from 'lru-cache';
import type { Counter } from 'prom-client';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AssentError, type ErrorReason, type Principal } from '@assent/contract';
import { Config } from '@assent/platform';
import { Principals } from './principals';

/** Decisions about approvals have a bucket of their own, so that a busy agent cannot block its reviewer. */
export type RateLimitBucket = 'requests' | 'decisions';

/** The part of a request that admission reads. */
export interface RequestCredentials {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const REFUSED = 'assent_rate_limited_total';
const WINDOW_SECONDS = 1;
/**
 * Pages and assets that one address may load per second: enough for twenty people behind it who open the console at
 * once.
 */
const PAGES_PER_SECOND = 500;
const MS_PER_SECOND = 1_000;
/**
 * Recently valid credentials are not blocked by failed attempts of other clients at the same address, for example
 * behind a gateway.
 */
const VALID_FOR_MS = 60_000;
const VALID_ENTRIES_MAX = 10_000;
const WRONG_CREDENTIALS: ReadonlySet<ErrorReason> = new Set(['unauthenticated', 'invalid_link']);

/** Authenticates callers and enforces rate limits. Counts in this replica's memory. */
@Injectable()
export class Admission {
  private readonly buckets: Readonly<Record<RateLimitBucket, RateLimiterMemory | null>>;
  private readonly unauthenticated: RateLimiterMemory | null;
  private readonly pages: RateLimiterMemory | null;
  private readonly recentlyValid = new LRUCache<string, true>({
    ttl: VALID_FOR_MS,
    max: VALID_ENTRIES_MAX,
    ttlResolution: 0,
  });

  constructor(
    private readonly principals: Principals,
    { rateLimits: { perPrincipal, perAddress } }: Config,
    @InjectMetric(REFUSED) private readonly refused: Counter<'limit'>,
  ) {
    this.buckets = { requests: limiter(perPrincipal), decisions: limiter(perPrincipal) };
    this.unauthenticated = limiter(perAddress);
    this.pages = limiter(perAddress === 0 ? 0 : PAGES_PER_SECOND);
  }

  /** @throws AssentError unauthenticated, rate_limited (too many wrong credentials from this address), overloaded */
  async authenticate({ ip, headers: { authorization } }: RequestCredentials): Promise<Principal> {
    const header = typeof authorization === 'string' ? authorization : undefined;
    if (!this.unauthenticated) return this.principals.authenticate(header);
    const digest = createHash('sha256')
      .update(header ?? '')
      .digest('base64');
    if (this.recentlyValid.get(digest) === undefined) await this.requireWithinAddressLimit(this.unauthenticated, ip);
    try {
      const principal = await this.principals.authenticate(header);
      this.recentlyValid.set(digest, true);
      return principal;
    } catch (thrown) {
      this.recentlyValid.delete(digest);
      await this.penalize(ip, thrown);
      throw thrown;
    }
  }

  /**
   * Runs a check of a proof other than a header, such as a one-time link. A failure counts as a wrong credential.
   * @throws AssentError rate_limited; errors of `check`
   */
  async attempt<T>(ip: string, check: () => T | Promise<T>): Promise<T> {
    if (this.unauthenticated) await this.requireWithinAddressLimit(this.unauthenticated, ip);
    try {
      return await check();
    } catch (thrown) {
      await this.penalize(ip, thrown);
      throw thrown;
    }
  }

  /**
   * @param weight number of requests in the call.
   * @throws AssentError rate_limited
   */
  async charge({ tenantId, subject }: Principal, bucket: RateLimitBucket = 'requests', weight = 1): Promise<void> {
    const limit = this.buckets[bucket];
    if (!limit) return;
    try {
      await limit.consume(JSON.stringify([tenantId, subject]), weight);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      this.refused.inc({ limit: bucket });
      const what = bucket === 'decisions' ? 'about approvals ' : '';
      throw rateLimited(`"${subject}" may send ${limit.points} requests ${what}per second`, thrown);
    }
  }

  /**
   * Counts a request for a page or an asset, which needs no credentials.
   * @throws AssentError rate_limited
   */
  async chargePage(ip: string): Promise<void> {
    if (!this.pages) return;
    try {
      await this.pages.consume(ip);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      this.refused.inc({ limit: 'pages' });
      throw rateLimited(`An address may load ${PAGES_PER_SECOND} pages and assets per second`, thrown);
    }
  }

  private async penalize(ip: string, thrown: unknown): Promise<void> {
    if (thrown instanceof AssentError && WRONG_CREDENTIALS.has(thrown.reason)) await this.unauthenticated?.penalty(ip);
  }

  private async requireWithinAddressLimit(limit: RateLimiterMemory, ip: string): Promise<void> {
    const usage = await limit.get(ip);
    if (!usage || usage.consumedPoints < limit.points) return;
    this.refused.inc({ limit: 'address' });
    throw rateLimited(`Too many requests with wrong credentials came from this address`, usage);
  }
}

export const ADMISSION_METRICS = [
  makeCounterProvider({
    name: REFUSED,
    help: 'Requests refused by a rate limit, by kind of limit: requests, decisions, address, pages',
    labelNames: ['limit'],
  }),
];

function limiter(points: number): RateLimiterMemory | null {
  return points === 0 ? null : new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
}

function rateLimited(what: string, { msBeforeNext }: RateLimiterRes): AssentError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / MS_PER_SECOND));
  return new AssentError('rate_limited', `${what}. Send again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
}
