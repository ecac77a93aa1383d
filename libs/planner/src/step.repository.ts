import { Injectable } from '@nestjs/common';
import type { Action, JsonObject } from '@assent/contract';
import { Database, cte, cutText, sql, type Cte } from '@assent/platform';

/** What a run did in a step. */
export interface StepAction {
  readonly kind: Action['kind'];
  readonly label: string;
  readonly tool?: string;
  readonly args?: JsonObject;
}

export interface StepRecord {
  readonly step: number;
  readonly action: StepAction;
  readonly outcome: JsonObject;
}

/** Longest outcome that is kept, in characters of JSON: the frames have the whole of it. */
const OUTCOME_MAX_CHARS = 64_000;

/** Steps of runs that go on, one statement a method. */
@Injectable()
export class StepRepository {
  constructor(private readonly database: Database) {}

  /** Oldest first. */
  async ofRun(runId: string): Promise<StepRecord[]> {
    return this.database.query<StepRecord>(
      sql`select step, action, outcome from steps where run_id = ${runId} order by step`,
    );
  }
}

export function insertStep({ step, action, outcome }: StepRecord): Cte {
  const text = JSON.stringify(outcome);
  const kept =
    text.length <= OUTCOME_MAX_CHARS
      ? text
      : JSON.stringify({
          kind: outcome['kind'] ?? null,
          cut: cutText(text, OUTCOME_MAX_CHARS),
          chars: text.length,
        });
  return cte(
    'stepped',
    sql`insert into steps (run_id, step, tenant_id, action, outcome, created_at)
      select held.id, ${step}, held."tenantId", ${JSON.stringify(action)}, ${kept}, held."updatedAt" from held
      on conflict do nothing`,
  );
}

export function stepActionOf({ kind, label, tool, args }: Action): StepAction {
  return {
    kind,
    label,
    ...(tool === undefined ? {} : { tool }),
    ...(args === undefined ? {} : { args: args as JsonObject }),
  };
}
