import { SERVER_VERSION } from '@assent/contract';
import { AssentClient } from './assent.client';
import { VERSION, isNewer } from './version';

const serverOf = (version: string) => {
  let asked = 0;
  const fetch = () => {
    asked += 1;
    return Promise.resolve(Response.json({ jsonrpc: '2.0', id: asked, result: { version } }));
  };
  const client = new AssentClient({ url: 'http://127.0.0.1:1', credential: 'key', fetch });
  return { client, asked: () => asked };
};

describe('the version of the client', () => {
  it('is that of the server of this repository', () => {
    expect(VERSION).toBe(SERVER_VERSION);
  });

  it.each([
    ['0.1.0', '0.1.0', false],
    ['0.1.9', '0.1.0', false],
    ['0.2.0', '0.1.9', true],
    ['0.10.0', '0.9.0', true],
    ['1.0.0', '0.9.0', true],
    ['0.9.0', '1.0.0', false],
  ])('%s is a newer minor or major version than %s: %s', (version, than, newer) => {
    expect(isNewer(version, than)).toBe(newer);
  });

  it('is compared with the server once, and a newer server is named', async () => {
    const warnings: string[] = [];
    const { client, asked } = serverOf('99.2.0');
    await client.checkVersion((warning) => warnings.push(warning));
    await client.checkVersion((warning) => warnings.push(warning));
    expect(warnings).toEqual([`The server is Assent 99.2.0, this client is made for ${VERSION}: update it.`]);
    expect(asked()).toBe(1);
  });

  it('is not mentioned where the server has the same one', async () => {
    const warnings: string[] = [];
    await serverOf(VERSION).client.checkVersion((warning) => warnings.push(warning));
    expect(warnings).toEqual([]);
  });
});
