import { Injectable } from '@nestjs/common';
import type { Action, JsonObject } from '@assent/contract';
import { Database, RUN, cte, sql, type RunPart } from '@assent/platform';
import { keptOutcome } from './kept-outcome';
import { STEPS } from './planner.tables';

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

/** Steps of runs, one statement per method. */
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

export function insertStep({ step, action, outcome }: StepRecord): RunPart {
  const kept = keptOutcome(outcome, OUTCOME_MAX_CHARS);
  const row = { runId: RUN.column('id'), step, tenantId: RUN.column('tenantId'), action, outcome: kept };
  return cte(
    'insert_steps',
    STEPS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN} on conflict do nothing`),
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
