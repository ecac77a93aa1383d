import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { Counter } from 'prom-client';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AssentError, type Principal } from '@assent/contract';
import { Config } from '../config/config';
import { ExpiringCache } from './expiring-cache';
import { Principals } from './principals';

/** Decisions about approvals have places of their own: a busy agent must not keep its reviewer out. */
export type RateLane = 'requests' | 'decisions';

/** The part of a request that is looked at. */
export interface Applicant {
  readonly ip: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const REFUSED = 'assent_rate_limited_total';
const WINDOW_SECONDS = 1;
const MS_PER_SECOND = 1_000;
/** Credentials that were good a moment ago are not kept out by what others try from the same address, a gateway's maybe. */
const GOOD_FOR_MS = 60_000;
const GOOD_ENTRIES = 10_000;

/** Lets callers in: who they are, and whether they come too often. Counts in this replica's memory. */
@Injectable()
export class Admission {
  private readonly lanes: Readonly<Record<RateLane, RateLimiterMemory | null>>;
  private readonly strangers: RateLimiterMemory | null;
  private readonly good = new ExpiringCache<true>(GOOD_FOR_MS, GOOD_ENTRIES);

  constructor(
    private readonly principals: Principals,
    { rateLimits: { perPrincipal, perAddress } }: Config,
    @InjectMetric(REFUSED) private readonly refused: Counter<'limit'>,
  ) {
    this.lanes = { requests: limiter(perPrincipal), decisions: limiter(perPrincipal) };
    this.strangers = limiter(perAddress);
  }

  /** @throws AssentError unauthenticated, rate_limited (too many wrong credentials from this address), overloaded */
  async authenticate({ ip, headers: { authorization } }: Applicant): Promise<Principal> {
    const header = typeof authorization === 'string' ? authorization : undefined;
    if (!this.strangers) return this.principals.authenticate(header);
    const digest = createHash('sha256')
      .update(header ?? '')
      .digest('base64');
    if (this.good.get(digest) === undefined) await this.requirePatience(this.strangers, ip);
    try {
      const principal = await this.principals.authenticate(header);
      this.good.set(digest, true);
      return principal;
    } catch (thrown) {
      this.good.delete(digest);
      if (thrown instanceof AssentError && thrown.reason === 'unauthenticated') await this.strangers.penalty(ip);
      throw thrown;
    }
  }

  /** @param weight requests that come at once. @throws AssentError rate_limited */
  async charge({ tenantId, subject }: Principal, lane: RateLane = 'requests', weight = 1): Promise<void> {
    const limit = this.lanes[lane];
    if (!limit) return;
    try {
      await limit.consume(JSON.stringify([tenantId, subject]), weight);
    } catch (thrown) {
      if (!(thrown instanceof RateLimiterRes)) throw thrown;
      this.refused.inc({ limit: lane });
      const what = lane === 'decisions' ? 'about approvals ' : '';
      throw tooMany(`"${subject}" may send ${limit.points} requests ${what}in a second`, thrown);
    }
  }

  private async requirePatience(strangers: RateLimiterMemory, ip: string): Promise<void> {
    const tried = await strangers.get(ip);
    if (!tried || tried.consumedPoints < strangers.points) return;
    this.refused.inc({ limit: 'address' });
    throw tooMany(`Too many requests with wrong credentials came from this address`, tried);
  }
}

export const ADMISSION_METRICS = [
  makeCounterProvider({
    name: REFUSED,
    help: 'Requests refused because too many came, by the limit they met: requests, decisions, address',
    labelNames: ['limit'],
  }),
];

function limiter(points: number): RateLimiterMemory | null {
  return points === 0 ? null : new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
}

function tooMany(what: string, { msBeforeNext }: RateLimiterRes): AssentError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / MS_PER_SECOND));
  return new AssentError('rate_limited', `${what}: send again in ${retryAfterSeconds} s.`, { retryAfterSeconds });
}
