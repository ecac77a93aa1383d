import { DataSource } from 'typeorm';
import { ChainRepository, AuditService, type ChainVerdict } from '@assent/approvals';
import { Database, loadConfig } from '@assent/platform';

/** Whether the chain of each tenant leads to the head that the database keeps. @throws Error when there is no database to look at */
export async function verifyDatabase(given: string | undefined): Promise<{ name: string; verdict: ChainVerdict }[]> {
  const url = given ?? loadConfig(process.env, process.cwd()).env.DATABASE_URL;
  if (url === undefined)
    throw new Error('set DATABASE_URL, or check an export: the embedded database runs with its server');
  const dataSource = await new DataSource({
    type: 'postgres',
    url,
    poolSize: 2,
    applicationName: 'assent-audit',
  }).initialize();
  const database = new Database(dataSource);
  database.onModuleInit();
  try {
    const audit = new ChainRepository(database);
    const service = new AuditService(audit);
    const verdicts = [];
    for (const tenantId of await audit.tenants()) {
      verdicts.push({ name: `tenant ${tenantId}`, verdict: await service.verify(tenantId) });
    }
    return verdicts;
  } finally {
    database.beforeApplicationShutdown();
    await dataSource.destroy();
  }
}
