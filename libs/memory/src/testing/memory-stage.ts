import { tmpdir } from 'node:os';
import { Global, Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { Pool, type QueryResultRow } from 'pg';
import pino from 'pino';
import type { Outcome, Provenance } from '@assent/contract';
import {
  Config,
  Database,
  LOG,
  SWEEP_METRIC_PROVIDERS,
  Sweeper,
  cte,
  loadConfig,
  newId,
  sql,
  withCtes,
  RUN,
  type RunPart,
} from '@assent/platform';
import { learn, recordExperience, type NewExperience } from '../learning';
import { MemoryModule } from '../memory.module';
import { MemoryDependencies } from '../memory.dependencies';

/** A database of the stage's own. */
interface Clone {
  readonly url: string;
  drop(): Promise<void>;
}

/** The real memory on a real Postgres; only its dependencies in other libs are fakes. */
export class MemoryStage {
  /** A test may replace any of them. */
  readonly dependencies: { -readonly [K in keyof MemoryDependencies]: MemoryDependencies[K] };

  private constructor(
    private readonly testDatabase: Clone,
    private readonly pool: Pool,
    private readonly module: TestingModule,
  ) {
    this.dependencies = module.get(MemoryDependencies, { strict: false });
  }

  static async open(clone: () => Promise<Clone>, env: Readonly<Record<string, string>> = {}): Promise<MemoryStage> {
    const testDatabase = await clone();
    const pool = new Pool({ connectionString: testDatabase.url, max: 12, pipeline: true });
    @Global()
    @Module({
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: Config, useValue: loadConfig({ MEMORY_RECALL_MS: '10000', ...env }, tmpdir()) },
        { provide: LOG, useValue: pino({ level: 'silent' }) },
        { provide: Database, useValue: new Database(pool) },
        { provide: MemoryDependencies, useClass: FakeDependencies },
        Sweeper,
        ...SWEEP_METRIC_PROVIDERS,
      ],
      exports: [Config, Database, LOG, MemoryDependencies, Sweeper],
    })
    class PlatformPart {}
    const module = await Test.createTestingModule({ imports: [PlatformPart, MemoryModule] }).compile();
    return new MemoryStage(testDatabase, pool, module);
  }

  get<T>(token: Type<T>): T {
    return this.module.get(token, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  /** Runs a statement like a migration. */
  async raw<Row extends QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Learns like the statement of `complete`, without a run. */
  async commit(
    tenantId: string,
    agent: string,
    writes: readonly RunPart[],
    runId = newId(),
    workspace = 'example',
  ): Promise<void> {
    const run = cte(
      RUN.name,
      sql`select ${runId}::uuid as id, ${tenantId}::text as "tenantId", ${agent}::text as requester, ${workspace}::text as workspace, date_trunc('milliseconds', now()) as "updatedAt"`,
    );
    await this.database.queryDedicated(withCtes([run, ...writes], sql`select from ${run}`));
  }

  /** Leaves the same lesson by the given number of runs. @returns the runs */
  async learn(
    tenantId: string,
    agent: string,
    text: string,
    runs = 2,
    outcome: Outcome = 'success',
  ): Promise<string[]> {
    const ids = Array.from({ length: runs }, () => newId());
    for (const runId of ids) {
      const source: Provenance = { runId, outcome, score: null, note: null, at: new Date().toISOString() };
      const [lesson, opposite] = [
        { text, tags: [outcome] },
        { text: `not ${text}`, tags: [] },
      ];
      await this.commit(
        tenantId,
        agent,
        learn({ agent, goal: text, lesson, source, promotable: true, opposite }),
        runId,
      );
    }
    return ids;
  }

  async close(): Promise<void> {
    await this.module.close();
    await this.testDatabase.drop();
  }
}

/** The path that a run leaves: `given`, with minimal defaults for the rest; a part of the statement of `complete`. */
export function experience(given: Partial<NewExperience> = {}): RunPart {
  return recordExperience({
    goal: 'g',
    outcome: 'success',
    score: null,
    ending: 'applied',
    action: 'a',
    tool: null,
    family: 'g',
    signature: null,
    path: [],
    metaPromptId: sql`null`,
    diff: sql`null`,
    decision: sql`null`,
    ...given,
  });
}

/** Redacts one word, needs no approval, and has no model. */
class FakeDependencies extends MemoryDependencies {
  readonly distiller = { isConfigured: false, distil: () => Promise.reject(new Error('there is no model')) };

  redact(text: string): string {
    return text.replaceAll('hunter2', '[redacted]');
  }

  requiresApproval(): Promise<boolean> {
    return Promise.resolve(false);
  }

  requestApproval(): Promise<void> {
    return Promise.resolve();
  }

  withdrawApproval(): Promise<void> {
    return Promise.resolve();
  }
}
