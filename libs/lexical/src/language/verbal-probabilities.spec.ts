import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENGLISH_LEXICON, FRENCH_LEXICON, type Lexicon } from './lexicon';

const DOCUMENT = readFileSync(join(__dirname, '../../../../docs/verbal-probabilities.md'), 'utf8');

/** Cells of the table under a heading, without the header row. */
function tableUnder(heading: string): string[][] {
  const section = DOCUMENT.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe.each<[string, Lexicon]>([
  ['English', ENGLISH_LEXICON],
  ['French', FRENCH_LEXICON],
])('the %s table of docs/verbal-probabilities.md', (name, lexicon) => {
  const hedgeOf = (phrase: string) => lexicon.hedges.find(({ match }) => match.test(lexicon.language.expand(phrase)));

  it('gives every phrase the number and the source that the composer gives it', () => {
    const rows = tableUnder(name);
    expect(rows.length).toBeGreaterThan(lexicon.hedges.length);
    const read = rows.map(([phrase = '']) => {
      const hedge = hedgeOf(phrase);
      return [phrase, hedge?.stated === true ? 'as stated' : hedge?.p.toFixed(2), hedge?.basis];
    });
    expect(read).toEqual(rows);
  });

  it('has a phrase for every pattern of the composer', () => {
    const listed = new Set(tableUnder(name).map(([phrase = '']) => hedgeOf(phrase)));
    expect(lexicon.hedges.filter((hedge) => !listed.has(hedge)).map(({ pattern }) => pattern)).toEqual([]);
  });

  it('gives every condition its number', () => {
    const rows = tableUnder(name === 'English' ? 'Conditions' : `Conditions in ${name}`);
    expect(rows.length).toBeGreaterThan(lexicon.conditions.length);
    const read = rows.map(([phrase = '']) => {
      const condition = lexicon.conditions.find(({ match }) => match.test(lexicon.language.expand(phrase)));
      return [phrase, String(condition?.value), condition?.p.toFixed(2), condition?.basis];
    });
    expect(read).toEqual(rows);
  });
});

it('every number names the survey, the rule or the phrase that it comes from', () => {
  const hedges = [...ENGLISH_LEXICON.hedges, ...FRENCH_LEXICON.hedges];
  const unsourced = hedges.filter(({ basis }) => !/Fagen-Ulmschneider|CAPphrase|Mosteller|as stated/.test(basis));
  expect(unsourced).toEqual([]);
});
