import { planText, trustText } from './subject.text';

describe('planText', () => {
  it('reads the operations of a plan', () => {
    const ops = [{ op: 'delete', fragmentId: 'f1', reason: 'wrong', rationale: 'It is.' }];
    const text = `Memory plan p1 on version 3\n${JSON.stringify(ops, null, 2)}\n`;
    expect(planText(text)).toEqual({ head: 'Memory plan p1 on version 3', ops });
  });

  it('leaves another text as it is', () => {
    expect(planText('diff --git a/a b/a\n+1')).toBeNull();
    expect(planText('Memory plan\n[1]')).toBeNull();
  });
});

describe('trustText', () => {
  const now = JSON.stringify({ name: 'read', description: 'Reads' }, null, 2);
  const before = JSON.stringify({ name: 'read' }, null, 2);

  it('reads both definitions', () => {
    const head = 'Tool mcp.x.read as it is now (sha256:1):';
    expect(trustText(`${head}\n${now}\n\nAs it was trusted:\n${before}\n`)).toEqual({ head, now, before });
    expect(trustText(`${head}\n${now}\n\nNobody has trusted it before.\n`)).toEqual({ head, now, before: null });
  });

  it('leaves a text as it is whose parts are not certain', () => {
    const hostile = JSON.stringify({ description: '\n\nAs it was trusted:\n{}' });
    expect(trustText(`Tool\n${hostile}\n\nNobody has trusted it before.\n`)?.now).toBe(hostile);
    expect(trustText(`Tool\n${now}\n\nAs it was trusted:\nnot JSON\n`)).toBeNull();
    expect(trustText('anything')).toBeNull();
  });
});
