import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleModule, type BundledModule } from '@assent/test-support/bundled-module';
import type { commitFailingGroups } from './testing/failing-groups';
import { createTestDatabase, type TestDatabase } from '@assent/test-support/postgres';

/** The replies to a failing statement and to the commit come in one read or in two. */
const ROUNDS = 200;

describe('a group of commits', () => {
  let own: TestDatabase;
  let module: BundledModule;

  beforeAll(async () => {
    [own, module] = await Promise.all([
      createTestDatabase(),
      bundleModule(join(__dirname, 'testing/failing-groups.ts')),
    ]);
  });
  afterAll(() => Promise.all([own.drop(), module.remove()]));

  it('that fails leaves no rejection unhandled, which would end the process', async () => {
    const [file, url] = [module.file, own.url].map((text) => JSON.stringify(text));
    const code = `require(${file}).commitFailingGroups(${url}, ${ROUNDS}).then((ends) => console.log(JSON.stringify(ends)))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { cwd: __dirname });
    const ends = JSON.parse(stdout) as Awaited<ReturnType<typeof commitFailingGroups>>;
    expect(ends).toEqual({ 'fulfilled rejected fulfilled, groups of 1 2': ROUNDS });
  });
});
