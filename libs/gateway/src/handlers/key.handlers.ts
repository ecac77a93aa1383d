import { Injectable } from '@nestjs/common';
import type { KEY_METHODS } from '@assent/contract';
import { ApiKeyService, toWireKey } from '@assent/identity';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class KeyHandlers {
  constructor(private readonly keys: ApiKeyService) {}

  readonly methods: MethodHandlers<typeof KEY_METHODS> = {
    'key/create': async ({ expiresAt, ...request }, { principal }) => {
      const end = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt) };
      const { record, key } = await this.keys.create(principal, { ...request, ...end });
      return { ...toWireKey(record), key };
    },
    'key/list': async (page, { principal }) => {
      const { items, cursor } = await this.keys.list(principal, page);
      return { items: items.map(toWireKey), cursor };
    },
    'key/get': async ({ keyId }, { principal }) => toWireKey(await this.keys.get(principal, keyId)),
    'key/revoke': async ({ keyId }, { principal }) => toWireKey(await this.keys.revoke(principal, keyId)),
  };
}
