import { newId, sql } from '@assent/platform';
import { createTestDatabase } from '@assent/test-support/postgres';
import { FragmentRepository } from '../fragment.repository';
import { PlanService } from '../plans/plan.service';
import { MemoryStage } from '../testing/memory-stage';
import { Ranking } from './ranking';
import { searchableText } from './searchable-text';

/** Nothing here depends on speed. */
const TIMEOUT_MS = 10_000;
const ROBOT = 'robot';

/** A lesson, a question that shares words with it but is no part of it, and a lesson about something else. */
const SCRIPTS: readonly (readonly [script: string, lesson: string, question: string, other: string])[] = [
  [
    'English',
    'Raise the connection pool before a sale',
    'the connection pool is exhausted',
    'certificates expire at night',
  ],
  ['Chinese', '数据库连接池太小会导致请求超时', '请检查连接池的大小', '证书在夜间过期'],
  ['Japanese', '接続プールが小さいとタイムアウトする', '接続プールのサイズを確認する', '証明書の有効期限'],
  ['Thai', 'กลุ่มการเชื่อมต่อเล็กเกินไป', 'ตรวจสอบการเชื่อมต่อ', 'ใบรับรองหมดอายุ'],
  ['Korean', '연결 풀이 작으면 요청이 시간 초과됩니다', '연결을 확인해 주세요', '인증서 갱신'],
  ['Arabic', 'مجموعة الاتصالات صغيرة جدا', 'تحقق من مجموعة الاتصالات', 'انتهت صلاحية الشهادة'],
  ['Russian', 'Пул соединений слишком мал', 'ПУЛ СОЕДИНЕНИЙ исчерпан', 'сертификат истекает ночью'],
];

describe('recall in seven scripts', () => {
  let stage: MemoryStage;

  beforeAll(async () => {
    stage = await MemoryStage.open(createTestDatabase);
  });
  afterAll(() => stage.close());

  /**
   * Texts with the share of the query words they contain; trigrams are excluded, because they depend on the locale of
   * the database.
   */
  const found = async (tenantId: string, goal: string): Promise<(readonly [text: string, score: number])[]> => {
    const options = { status: 'active', timeoutMs: TIMEOUT_MS } as const;
    const { fragments } = await stage.get(Ranking).find({ tenantId, agent: ROBOT }, goal, options);
    const texts = new Map(
      (await stage.get(FragmentRepository).list(tenantId, {}, null, 100)).map((one) => [one.fragmentId, one.text]),
    );
    return fragments.map(({ fragmentId, scores }) => [texts.get(fragmentId) ?? '', scores.text?.score ?? 0]);
  };

  describe.each(SCRIPTS)('%s', (script, lesson, question, other) => {
    it('finds lessons of runs by a part of them', async () => {
      const tenantId = `learnt ${script}`;
      await stage.learn(tenantId, ROBOT, lesson);
      await stage.learn(tenantId, ROBOT, other);
      const [[text, score] = ['', 0]] = await found(tenantId, question);
      expect(text).toBe(lesson);
      expect(score).toBeGreaterThan(0);
    });

    it('finds fragments that a plan added', async () => {
      const tenantId = `planned ${script}`;
      await stage.learn(tenantId, ROBOT, 'Something else');
      const [fragment] = await stage.get(FragmentRepository).list(tenantId, {}, null, 1);
      const op = {
        op: 'modify' as const,
        fragmentId: fragment?.fragmentId ?? '',
        text: lesson,
        rationale: 'it was wrong',
      };
      const actor = { tenantId, subject: 'curator', origin: 'plan' as const };
      await stage.get(PlanService).apply(actor, { planId: newId(), ops: [op] });
      expect((await found(tenantId, question)).map(([text]) => text)).toEqual([lesson]);
    });
  });

  it('finds pairs of characters by the index, like words', async () => {
    await stage.database.query(sql`
      insert into memory_fragments (id, tenant_id, agent, status, text, text_hash, keys, tags, helpful, harmful, strength, version, provenance,
        document, active_at, created_at, updated_at)
      select gen_random_uuid(), 'many', ${ROBOT}, 'active', 'x', 'many ' || n, '{}', '{}', 0, 0, 2, 1, '[]', to_tsvector('english', 'word' || n),
        now(), now(), now() from generate_series(1, 20000) as n`);
    await stage.learn('many', ROBOT, '数据库连接池太小');
    await stage.raw('analyze memory_fragments', []);
    const plan = await stage.raw<{ 'QUERY PLAN': string }>(
      `explain select id from memory_fragments where status = 'active' and tenant_id = 'many'
        and (document || array_to_tsvector(array['@' || md5(tenant_id || chr(10) || coalesce(agent, '')), '#' || md5(tenant_id)]))
          @@ ('''#' || md5('many') || ''' & ''连接''')::tsquery`,
      [],
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('memory_fragments_recall');
    const options = { status: 'active', timeoutMs: TIMEOUT_MS } as const;
    const { fragments } = await stage.get(Ranking).find({ tenantId: 'many', agent: ROBOT }, '连接池', options);
    expect(fragments).toHaveLength(1);
  });
});

describe('the searchable form of a text', () => {
  it.each([
    ['Raise timeout_ms to 3000', 'raise timeout_ms to 3000'],
    ['连接池', ' 连接 接池 '],
    ['错', ' 错 '],
    ['在config里', ' 在 config 里 '],
    ['ﾌﾟｰﾙ', ' プー ール '],
    ['الخَادِمُ', 'الخادم'],
    ['ОШИБКА', 'ошибка'],
    ['𠮷野家', ' 𠮷野 野家 '],
  ])('%s is %j', (text, expected) => {
    expect(searchableText(text)).toBe(expected);
  });
});
