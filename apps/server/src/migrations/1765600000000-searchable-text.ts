import type { MigrationInterface, QueryRunner } from 'typeorm';

const ROWS_AT_ONCE = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u30FC\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;
const ARABIC_MARKS = /[\u0640\u064B-\u065F\u0670]/gu;

/**
 * Recomputes the words of fragments with letters outside ASCII: scripts without spaces by pairs of characters, case
 * folded. It also updates the counts of words, by which recall recognizes common words: otherwise only the nightly
 * agent would correct them, and recall would be slow until then.
 */
export class SearchableText1765600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await readAnew(runner, searchable);
  }

  async down(runner: QueryRunner): Promise<void> {
    await readAnew(runner, (text) => text);
  }
}

async function readAnew(runner: QueryRunner, read: (text: string) => string): Promise<void> {
  let after: string | undefined = FIRST_ID;
  while (after !== undefined) {
    const rows = (await runner.query(
      `select id, text from memory_fragments where id > $1 and octet_length(text) > char_length(text) order by id limit ${ROWS_AT_ONCE}`,
      [after],
    )) as { id: string; text: string }[];
    await runner.query(REWRITE, [rows.map(({ id }) => id), rows.map(({ text }) => read(text))]);
    after = rows.at(-1)?.id;
  }
  await runner.query('delete from memory_words where docs <= 0');
}

/**
 * Updates documents by id and text. Where a document was counted, its old words are removed from the counts and the new
 * ones added.
 */
const REWRITE = `
  with said as (select * from unnest($1::uuid[], $2::text[]) as said (id, text)),
  old as (
    select f.id, f.tenant_id, f.document, f.active_at is not null and (f.active_at, f.id) <= (counted_at, counted_id) as counted
    from said join memory_fragments f using (id) left join memory_heads using (tenant_id)
  ), rewritten as (
    update memory_fragments f set document = to_tsvector('english', said.text) from said where f.id = said.id returning f.id, f.document
  ), change as (
    select tenant_id, word, sum(n)::integer as docs from (
      select tenant_id, word, 1 as n from rewritten join old using (id), unnest(tsvector_to_array(rewritten.document)) as word where counted
      union all select tenant_id, word, -1 from old, unnest(tsvector_to_array(old.document)) as word where counted
    ) as words where length(word) <= 64 group by tenant_id, word having sum(n) <> 0 order by tenant_id, word
  )
  insert into memory_words as counts (tenant_id, word, docs) select tenant_id, word, docs from change
  on conflict (tenant_id, word) do update set docs = counts.docs + excluded.docs`;

function searchable(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(ARABIC_MARKS, '').replace(UNSPACED, pairsOf);
}

function pairsOf(run: string): string {
  const characters = Array.from(run);
  const pairs = characters.slice(1).map((character, index) => `${characters[index] ?? ''}${character}`);
  return ` ${(pairs.length > 0 ? pairs : characters).join(' ')} `;
}
