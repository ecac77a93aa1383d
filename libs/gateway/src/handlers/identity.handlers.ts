import { Injectable } from '@nestjs/common';
import type { IDENTITY_METHODS } from '@assent/contract';
import { ExternalIdentities } from '@assent/identity';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class IdentityHandlers {
  constructor(private readonly identities: ExternalIdentities) {}

  readonly methods: MethodHandlers<typeof IDENTITY_METHODS> = {
    'identity/create': (identity, { principal }) => this.identities.create(principal, identity),
    'identity/list': (page, { principal }) => this.identities.list(principal, page),
    'identity/delete': async ({ identityId }, { principal }) => {
      await this.identities.remove(principal, identityId);
      return {};
    },
  };
}
