import { NO_SESSIONS, firstEnd, living, parseRecord, without, type OpenedSession } from './session.record';

const NOW = Date.parse('2026-03-02T12:00:00Z');

function session(subject: string, hours = 12): OpenedSession {
  return {
    key: `aak_${subject}`,
    keyId: `id-${subject}`,
    expiresAt: new Date(NOW + hours * 3_600_000).toISOString(),
    principal: { tenant: 'local', subject, scopes: ['run:read'], roles: [] },
  };
}

const developer = session('developer');
const reviewer = session('reviewer', 1);
const both = { sessions: [developer, reviewer], active: 'developer' };

describe('stored sessions', () => {
  it('reads back what was written', () => {
    expect(parseRecord(JSON.stringify(both), NOW)).toEqual(both);
  });

  it.each([
    ['nothing', null],
    ['no JSON', '{'],
    ['another shape', '{"sessions":7}'],
    ['null', 'null'],
  ])('reads %s as no session', (_, text) => {
    expect(parseRecord(text, NOW)).toEqual(NO_SESSIONS);
  });

  it('leaves out entries that are no sessions, or have ended', () => {
    const text = JSON.stringify({ sessions: [7, { key: 'aak_x' }, session('late', -1), developer], active: 'late' });
    expect(parseRecord(text, NOW)).toEqual({ sessions: [developer], active: null });
  });

  it('never makes another seat the active one when the active one ends', () => {
    expect(without(both, 'id-developer')).toEqual({ sessions: [reviewer], active: null });
    expect(without(both, 'id-reviewer')).toEqual({ sessions: [developer], active: 'developer' });
    expect(living(both, NOW + 2 * 3_600_000)).toEqual({ sessions: [developer], active: 'developer' });
  });

  it('knows which session ends first', () => {
    expect(firstEnd(both)).toBe(Date.parse(reviewer.expiresAt));
    expect(firstEnd(NO_SESSIONS)).toBeNull();
  });
});
