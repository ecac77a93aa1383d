import fc from 'fast-check';
import { lexiconOf, stretchesOf } from './detect';

const named = (text: string) =>
  stretchesOf(text).map(({ from, to, lexicon }) => [lexicon.language.name, text.slice(from, to)]);

it.each([
  ['The pool is probably too small.', 'English'],
  ['Le pool est probablement trop petit.', 'French'],
  ["C'est peut-être l'hôte, sinon le port.", 'French'],
  ['Restart.', 'English'],
  ['config/app.yaml:8080', 'English'],
  ['', 'English'],
  ['Je lis "connection refused by the host" dans les journaux du service, donc le port est fermé.', 'French'],
  ['The label says "mettre à jour" and the button is in French.', 'English'],
])('"%s" is %s', (text, language) => {
  expect(lexiconOf(text).language.name).toBe(language);
});

it('a text changes its language at a paragraph that is clearly in another', () => {
  const english = 'The port is wrong and the pool is too small.\n\n';
  const french = 'Le port est faux et le pool est trop petit.\n\n';
  expect(named(`${english}${french}${french}${english}`)).toEqual([
    ['English', english],
    ['French', `${french}${french}`],
    ['English', english],
  ]);
});

it('a short quotation or heading leaves the text around it whole', () => {
  const text =
    'Le port est faux et le pool est trop petit.\n\nERROR: connection to host failed\n\nDonc il faut le corriger.';
  expect(named(text)).toEqual([['French', text]]);
});

it('stretches cover any text, in order, without gaps', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('le la des est', 'the of and is', '\n\n', '\n \t\n', 'x', '')), (parts) => {
      const text = parts.join(' ');
      expect(
        stretchesOf(text)
          .map(({ from, to }) => text.slice(from, to))
          .join(''),
      ).toBe(text);
    }),
  );
});
