import { gatewayNames } from './gateway.names';

describe('names of tools outside', () => {
  it('have the server and the tool', () => {
    expect([...gatewayNames(['mcp.fs.read_file', 'mcp.all.a_x2e_b'])]).toEqual([
      ['all__a_x2e_b', 'mcp.all.a_x2e_b'],
      ['fs__read_file', 'mcp.fs.read_file'],
    ]);
  });

  it('have at most 64 characters, and stay apart', () => {
    const long = ['a', 'b'].map((end) => `mcp.server.${'x'.repeat(100)}${end}`);
    const names = [...gatewayNames(long).keys()];
    expect(names.map((name) => name.length)).toEqual([64, 64]);
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^server__x{47}_[0-9a-f]{8}$/);
  });

  it('stay apart when servers have underscores, and from the tools of the gateway', () => {
    const names = gatewayNames(['mcp.a__b.c', 'mcp.a.b__c', 'mcp.assent.result']);
    expect(names.size).toBe(3);
    expect(names.has('assent__result')).toBe(false);
  });

  it('do not pass from one server to another when a server adds a tool', () => {
    const name = (names: readonly string[]) => [...gatewayNames(names)].find(([, tool]) => tool === 'mcp.a__b.c')?.[0];
    expect(name(['mcp.a__b.c'])).toBe(name(['mcp.a__b.c', 'mcp.a.b__c']));
    expect(gatewayNames(['mcp.a.b__c', 'mcp.a__b.c']).get('a__b__c')).toBe('mcp.a.b__c');
    expect(gatewayNames(['mcp.a__b.c']).has('a__b__c')).toBe(false);
    expect(gatewayNames(['mcp.a_.b']).has('a___b')).toBe(false);
  });
});
