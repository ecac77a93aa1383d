import { Stage, type Replica } from '../support/stage';
import { DEVELOPER_KEY, REVIEWER_KEY } from '../support/server-process';
import { smoke } from './smoke';

describe('the smoke tests', () => {
  let stage: Stage;
  let server: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    server = await stage.start();
  });
  afterAll(() => stage.close());

  const target = (report: (check: string) => void = () => undefined) => ({
    url: server.process.url,
    developerKey: DEVELOPER_KEY,
    reviewerKey: REVIEWER_KEY,
    report,
  });

  it('pass on a server that works, and leave no file and no open run behind', async () => {
    const checks: string[] = [];
    await smoke(target((check) => checks.push(check)));
    expect(checks).toHaveLength(7);
    expect(await stage.rows('select state from runs')).toEqual([{ state: 'completed' }]);
    const written = await stage.rows<{ path: string }>('select files->0->>$1 as path from diffs', ['path']);
    await expect(stage.read(String(written[0]?.path))).rejects.toThrow('ENOENT');
  });

  it('fail by the name of the check, for a key that may not decide and for a server that is not there', async () => {
    await expect(smoke({ ...target(), reviewerKey: DEVELOPER_KEY })).rejects.toThrow(/^it shows the change .*decision/);
    await expect(smoke({ ...target(), url: 'http://127.0.0.1:9' })).rejects.toThrow(/^it is alive and ready: /);
  });
});
