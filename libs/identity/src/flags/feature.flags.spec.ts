import type { Flag, Principal } from '@assent/contract';
import { readFlags } from '@assent/platform';
import { FLAG_CACHE_MS, FeatureFlags } from './feature.flags';
import type { FlagRecord, FlagRepository } from './flag.repository';

/** An in-memory repository that can fail and counts its reads. */
class FakeRows implements Pick<FlagRepository, 'of' | 'set' | 'clear'> {
  readonly rows = new Map<string, FlagRecord>();
  looks = 0;
  failure: Error | null = null;

  of(tenantId: string): Promise<FlagRecord[]> {
    this.looks += 1;
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve([...this.rows].filter(([key]) => key.startsWith(`${tenantId}:`)).map(([, row]) => row));
  }

  set({ tenantId, subject }: Principal, flag: Flag, enabled: boolean): Promise<void> {
    this.rows.set(`${tenantId}:${flag}`, { flag, enabled, actor: subject, updatedAt: new Date(0) });
    return Promise.resolve();
  }

  clear({ tenantId }: Principal, flag: Flag): Promise<void> {
    this.rows.delete(`${tenantId}:${flag}`);
    return Promise.resolve();
  }
}

describe('FeatureFlags', () => {
  const ann: Principal = { tenantId: 'acme', subject: 'ann', scopes: new Set(), roles: new Set() };
  const open = (configuration?: string) => {
    const rows = new FakeRows();
    const clock = { ms: 1 };
    const said: string[] = [];
    const make = () =>
      new FeatureFlags(
        readFlags(configuration),
        rows as unknown as FlagRepository,
        (flag, enabled) => said.push(`${flag}=${enabled}`),
        () => clock.ms,
      );
    return { rows, clock, said, flags: make(), other: make() };
  };

  it("returns the tenant's setting, else the configured one", async () => {
    const { flags } = open('auto_approval=on,globex:auto_approval=off');
    expect(await flags.enabled('acme', 'auto_approval')).toBe(true);
    expect(await flags.set(ann, 'auto_approval', false)).toEqual({
      flag: 'auto_approval',
      enabled: false,
      source: 'tenant',
      actor: 'ann',
      updatedAt: '1970-01-01T00:00:00.000Z',
    });
    expect(await flags.enabled('acme', 'auto_approval')).toBe(false);
    expect(await flags.enabled('initech', 'auto_approval')).toBe(true);
    expect(await flags.clear(ann, 'auto_approval')).toEqual({
      flag: 'auto_approval',
      enabled: true,
      source: 'configuration',
      actor: null,
      updatedAt: null,
    });
    expect(await flags.enabled('globex', 'auto_approval')).toBe(false);
  });

  describe.each<{ flag: Flag; strict: boolean }>([
    { flag: 'search_deliberation', strict: false },
    { flag: 'auto_approval', strict: false },
    { flag: 'memory_routing', strict: true },
  ])('$flag', ({ flag, strict }) => {
    const said = (enabled: boolean) => `${flag}=${enabled ? 'on' : 'off'}`;

    it.each([said(strict), `${said(!strict)},acme:${said(strict)}`])(
      'lets a tenant only be stricter: %s',
      async (by) => {
        const { flags, rows } = open(by);
        await expect(flags.set(ann, flag, !strict)).rejects.toMatchObject({ reason: 'forbidden', details: { flag } });
        expect(rows.rows.size).toBe(0);
        expect(await flags.set(ann, flag, strict)).toMatchObject({ enabled: strict, source: 'tenant' });
        expect(await flags.enabled('acme', flag)).toBe(strict);
      },
    );

    it('ignores a looser setting that a tenant made earlier', async () => {
      const { flags, rows } = open(said(strict));
      await rows.set(ann, flag, !strict);
      expect(await flags.enabled('acme', flag)).toBe(strict);
      expect((await flags.list(ann)).find((state) => state.flag === flag)).toMatchObject({
        enabled: strict,
        source: 'configuration',
        actor: null,
      });
    });

    it('can be switched both ways if the configuration leaves it open', async () => {
      const { flags } = open(said(!strict));
      for (const enabled of [strict, !strict]) {
        expect(await flags.set(ann, flag, enabled)).toMatchObject({ enabled, source: 'tenant' });
        expect(await flags.enabled('acme', flag)).toBe(enabled);
      }
    });
  });

  it('reaches another replica once its cache expires, which reads the store no more often', async () => {
    const { rows, clock, flags, other } = open();
    expect(await Promise.all([1, 2, 3].map(() => other.enabled('acme', 'auto_approval')))).toEqual([true, true, true]);
    expect(rows.looks).toBe(1);
    await flags.set(ann, 'auto_approval', false);
    clock.ms = FLAG_CACHE_MS;
    expect(await other.enabled('acme', 'auto_approval')).toBe(true);
    clock.ms = FLAG_CACHE_MS + 2;
    expect(await other.enabled('acme', 'auto_approval')).toBe(false);
  });

  it('throws if the store is unavailable, and reads it again the next time', async () => {
    const { rows, flags } = open();
    rows.failure = new Error('away');
    await expect(flags.enabled('acme', 'auto_approval')).rejects.toThrow('away');
    rows.failure = null;
    expect(await flags.enabled('acme', 'auto_approval')).toBe(true);
  });

  it('reports every result', async () => {
    const { flags, said } = open('memory_routing=off');
    await flags.enabled('acme', 'memory_routing');
    await flags.enabled('acme', 'auto_approval');
    expect(said).toEqual(['memory_routing=false', 'auto_approval=true']);
  });

  it('keeps a bounded number of tenants in its cache', async () => {
    const { rows, flags } = open();
    for (let tenant = 0; tenant <= 1_000; tenant += 1) await flags.enabled(`t${tenant}`, 'auto_approval');
    await flags.enabled('t1000', 'auto_approval');
    expect(rows.looks).toBe(1_001);
    await flags.enabled('t0', 'auto_approval');
    expect(rows.looks).toBe(1_002);
  });
});
