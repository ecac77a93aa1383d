import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database, sql } from '@assent/platform';

const KEY_BYTES = 32;

/** Random keys that all replicas of an installation share. */
@Injectable()
export class InstallationKeys {
  private readonly known = new Map<string, Buffer>();

  constructor(private readonly database: Database) {}

  /** The key of this name, created on first use. */
  async get(name: string): Promise<Buffer> {
    const key = this.known.get(name) ?? (await this.read(name));
    this.known.set(name, key);
    return key;
  }

  private async read(name: string): Promise<Buffer> {
    const rows = await this.database.query<{ secret: Buffer }>(sql`
      with made as (insert into installation_keys (name, secret) values (${name}, ${randomBytes(KEY_BYTES)}::bytea)
        on conflict do nothing returning secret)
      select secret from made union all select secret from installation_keys where name = ${name} limit 1`);
    // Another replica created it at the same time. The next statement sees it.
    return rows[0]?.secret ?? this.read(name);
  }
}
