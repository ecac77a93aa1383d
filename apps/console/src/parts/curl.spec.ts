import { curlOf } from './curl';

describe('requests as curl', () => {
  it('writes the key as a variable', () => {
    expect(curlOf({ method: 'GET', path: '/runs?limit=2' }, 'http://127.0.0.1:8080')).toBe(
      `curl 'http://127.0.0.1:8080/runs?limit=2' \\\n  -H "Authorization: Bearer $KEY"`,
    );
  });

  it('quotes what a shell would read', () => {
    const text = curlOf(
      { method: 'POST', path: '/rpc', body: { goal: "it's $HOME `ls`" }, headers: { 'If-Match': '"a"' } },
      'https://a.example',
    );
    expect(text).toContain(`-X POST 'https://a.example/rpc'`);
    expect(text).toContain(`-H 'If-Match: "a"'`);
    expect(text).toContain(`"goal": "it'\\''s $HOME \`ls\`"`);
  });
});
