import { Injectable } from '@nestjs/common';
import type { PAUSE_METHODS } from '@assent/contract';
import { PauseService } from '@assent/engine';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class PauseHandlers {
  constructor(private readonly pauses: PauseService) {}

  readonly methods: MethodHandlers<typeof PAUSE_METHODS> = {
    'pause/set': ({ reason }, { principal }) => this.pauses.pause(principal, reason),
    'pause/clear': async (_, { principal }) => {
      await this.pauses.resume(principal);
      return {};
    },
  };
}
