import { Injectable } from '@nestjs/common';
import { Database, RUN, cte, sql, type RunPart } from '@assent/platform';
import { MODEL_TURNS } from '../planner.tables';
import type { PastTurn } from './model.turn';

/** Conversations of runs with their models, one statement per method. */
@Injectable()
export class TurnRepository {
  constructor(private readonly database: Database) {}

  /** Turns of a run, oldest first. */
  async ofRun(runId: string): Promise<PastTurn[]> {
    const rows = await this.database.query<{ turn: PastTurn }>(
      sql`select turn from model_turns where run_id = ${runId} order by step`,
    );
    return rows.map(({ turn }) => turn);
  }

  async ofStep(runId: string, step: number): Promise<PastTurn | undefined> {
    const rows = await this.database.query<{ turn: PastTurn }>(
      sql`select turn from model_turns where run_id = ${runId} and step = ${step}`,
    );
    return rows[0]?.turn;
  }
}

export function insertTurn(turn: PastTurn): RunPart {
  const row = { runId: RUN.column('id'), step: turn.step, tenantId: RUN.column('tenantId'), turn };
  return cte(
    'insert_model_turns',
    MODEL_TURNS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN} on conflict do nothing`),
  );
}
