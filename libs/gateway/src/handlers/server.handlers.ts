import { Injectable } from '@nestjs/common';
import type { SERVER_METHODS } from '@assent/contract';
import type { MethodHandlers } from '../method.handler';
import { ServerInfo } from '../server.info';

@Injectable()
export class ServerHandlers {
  constructor(private readonly info: ServerInfo) {}

  readonly methods: MethodHandlers<typeof SERVER_METHODS> = {
    'server/info': (_, { principal }) => this.info.of(principal),
  };
}
