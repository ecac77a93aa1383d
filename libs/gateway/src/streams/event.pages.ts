import { Injectable } from '@nestjs/common';
import { EVENT_TOPICS, type MethodResult, type Principal, type Scope } from '@assent/contract';
import { INBOX_PAGE, Inbox } from '@assent/approvals';
import { requireScope } from '@assent/identity';

export type EventTopic = (typeof EVENT_TOPICS)[number];

const SCOPES: Readonly<Record<EventTopic, Scope>> = { runs: 'run:read', approvals: 'approval:read' };

/** @returns the scopes of the topics @throws AssentError forbidden when the principal lacks one */
export function requireTopics(principal: Principal, topics: ReadonlySet<EventTopic>): Scope[] {
  return [...topics].map((topic) => {
    requireScope(principal, SCOPES[topic]);
    return SCOPES[topic];
  });
}

/** The stored events of a tenant, which are those of its approvals. */
@Injectable()
export class EventPages {
  constructor(private readonly inbox: Inbox) {}

  /** @throws AssentError invalid (cursor beyond the head), gone */
  async page(tenantId: string, after: number, topics: ReadonlySet<EventTopic>): Promise<MethodResult<'event/list'>> {
    const { lines, tail } = await this.inbox.page(tenantId, after, INBOX_PAGE);
    const events = topics.has('approvals') ? lines : [];
    return {
      events: events.map(({ json }) => JSON.parse(json) as MethodResult<'event/list'>['events'][number]),
      cursor: lines.at(-1)?.seq ?? after,
      tail,
    };
  }
}
