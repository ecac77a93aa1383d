import { Injectable } from '@nestjs/common';
import type { SESSION_METHODS } from '@assent/contract';
import { SessionService, invalidLink } from '@assent/identity';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class SessionHandlers {
  constructor(private readonly sessions: SessionService) {}

  readonly methods: MethodHandlers<typeof SESSION_METHODS> = {
    'session/open': async ({ token }, { principal }) => {
      // A call with credentials must not redeem a link (rest/session.controller.ts).
      if (token !== undefined) throw invalidLink();
      return { sessions: [await this.sessions.open(principal)] };
    },
    'session/link': ({ reviewerKey }, { principal }) => this.sessions.link(principal, reviewerKey),
    'session/get': (_, { principal }) => Promise.resolve(this.sessions.describe(principal)),
    'session/close': async (_, { principal }) => {
      await this.sessions.close(principal);
      return {};
    },
  };
}
