import { tmpdir } from 'node:os';
import { Global, Module, type Type } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import pino from 'pino';
import { DataSource } from 'typeorm';
import type { Outcome, Provenance } from '@assent/contract';
import { Config, Database, LOG, cte, loadConfig, newId, sql, withCtes, type Cte } from '@assent/platform';
import { learn } from '../learning';
import { MemoryModule } from '../memory.module';
import { MemoryPorts, type MemoryPartners } from '../memory.ports';

/** A database of the stage's own. */
interface Clone {
  readonly url: string;
  drop(): Promise<void>;
}

/** The real memory on a real Postgres; only the partners in other libs are played here. */
export class MemoryStage {
  /** What the partners do; a test may put something else in. */
  readonly partners: { -readonly [K in keyof MemoryPartners]: MemoryPartners[K] } = {
    redact: (text) => text.replaceAll('hunter2', '[redacted]'),
    needsAssent: () => Promise.resolve(false),
    askForAssent: () => Promise.resolve(),
    distiller: { isConfigured: false, distil: () => Promise.reject(new Error('there is no model')) },
  };

  private constructor(
    private readonly testDatabase: Clone,
    private readonly dataSource: DataSource,
    private readonly module: TestingModule,
  ) {}

  static async open(clone: () => Promise<Clone>, env: Readonly<Record<string, string>> = {}): Promise<MemoryStage> {
    const testDatabase = await clone();
    const dataSource = await new DataSource({
      type: 'postgres',
      url: testDatabase.url,
      poolSize: 12,
      extra: { pipeline: true },
    }).initialize();
    @Global()
    @Module({
      providers: [
        { provide: Config, useValue: loadConfig(env, tmpdir()) },
        { provide: LOG, useValue: pino({ level: 'silent' }) },
        { provide: Database, useValue: new Database(dataSource) },
      ],
      exports: [Config, Database, LOG],
    })
    class PlatformPart {}
    const module = await Test.createTestingModule({ imports: [PlatformPart, MemoryModule] }).compile();
    const stage = new MemoryStage(testDatabase, dataSource, module);
    module.get(MemoryPorts).connect(stage.partners);
    return stage;
  }

  get<T>(token: Type<T>): T {
    return this.module.get(token, { strict: false });
  }

  get database(): Database {
    return this.get(Database);
  }

  /** As the statement of `complete` does, without a run. */
  async commit(tenantId: string, agent: string, writes: readonly Cte[], runId = newId()): Promise<void> {
    const held = cte(
      'held',
      sql`select ${runId}::uuid as id, ${tenantId}::text as "tenantId", ${agent}::text as requester, date_trunc('milliseconds', now()) as "updatedAt"`,
    );
    await this.database.query(withCtes([held, ...writes], sql`select from held`));
  }

  /** The same lesson of so many runs. @returns the runs */
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
      const lesson = { text, tags: [outcome] };
      await this.commit(tenantId, agent, [learn({ agent, goal: text, lesson, source, promotable: true })], runId);
    }
    return ids;
  }

  async close(): Promise<void> {
    await this.module.close();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.testDatabase.drop();
  }
}
