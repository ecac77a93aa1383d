import { Injectable } from '@nestjs/common';
import { EVENT_TOPICS, type EVENT_METHODS } from '@assent/contract';
import type { MethodHandlers } from '../method.handler';
import { EventPages, requireTopics } from '../streams/event.pages';

@Injectable()
export class EventHandlers {
  constructor(private readonly pages: EventPages) {}

  readonly methods: MethodHandlers<typeof EVENT_METHODS> = {
    'event/list': async ({ after = 0, topics = [...EVENT_TOPICS] }, { principal }) => {
      const wanted = new Set(topics);
      requireTopics(principal, wanted);
      return this.pages.page(principal.tenantId, after, wanted);
    },
  };
}
