import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How an assumption came to be true or false. The previous version omits the column: its resolutions were observed. */
export class ResolutionHow1765910000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table resolutions add column how text not null default 'observed'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table resolutions drop column how');
  }
}
