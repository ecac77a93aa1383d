import type { ActionInput } from '@assent/contract';
import fc from 'fast-check';
import { completeActions } from '@assent/planner';
import { composeFromTrace } from './lexical.composer';
import { readPlainly, type Plainly } from './testing/plainly';

const patch: ActionInput = { id: 'patch', kind: 'tool', tool: 'file.write', args: { path: 'config/app.yaml' } };
const restart: ActionInput = {
  id: 'restart',
  kind: 'tool',
  tool: 'service.restart',
  label: 'Redémarrer le resolver',
  args: { service: 'resolver' },
};

const read = (trace: string | readonly string[], actions: readonly ActionInput[] = [patch, restart]) =>
  readPlainly(trace, actions);

describe('one French statement', () => {
  it.each<[string, Plainly[]]>([
    [
      'Le pool est probablement trop petit. Redémarrer le resolver aidera.',
      [['le pool est trop petit', 0.7, ['true: restart']]],
    ],
    ['Si le port est faux, corriger config/app.yaml suffit.', [['le port est faux', 0.5, ['true: patch']]]],
    ['Corriger app.yaml suffit si le port est faux.', [['le port est faux', 0.5, ['true: patch']]]],
    ['À moins que le port ne soit bon, corrige config/app.yaml.', [['le port est bon', 0.2, ['false: patch']]]],
    ['En supposant que le port soit faux, je corrige app.yaml.', [['le port est faux', 0.75, ['true: patch']]]],
    [
      'Pourvu que le port soit ouvert, redémarrer le resolver suffit.',
      [['le port est ouvert', 0.5, ['true: restart']]],
    ],
    ['Au cas où le cache serait vide, redémarrer le resolver.', [['le cache est vide', 0.5, ['true: restart']]]],
    [
      'Si le cache est périmé, redémarrer le resolver ; sinon, corriger config/app.yaml.',
      [['le cache est périmé', 0.5, ['true: restart', 'false: patch']]],
    ],
    [
      'Il se peut que les requêtes échouent. Dans ce cas, redémarrer le resolver.',
      [['les requêtes échouent', 0.4, ['true: restart']]],
    ],
    [
      'Il y a peu de chances que les requêtes échouent. Si c’est le cas, redémarrer le resolver.',
      [['les requêtes échouent', 0.1, ['true: restart']]],
    ],
    [
      "Il est peu probable qu'il manque un disque, donc redémarrons le resolver.",
      [['il manque un disque', 0.2, ['false: restart']]],
    ],
    ['Je ne pense pas que redémarrer le resolver aide.', [['redémarrer le resolver aide', 0.25, ['true: restart']]]],
    [
      'Si les requêtes aboutissent, redémarrer le resolver ne sert à rien.',
      [['les requêtes aboutissent', 0.5, ['false: restart']]],
    ],
    ["S’il n'y a aucun fichier, corriger config/app.yaml.", [['il y a un fichier', 0.5, ['false: patch']]]],
    [
      'Il faut redémarrer le resolver car les requêtes échouent probablement.',
      [['les requêtes échouent', 0.7, ['true: restart']]],
    ],
    ['Je vais corriger config/app.yaml.', []],
    [
      'Je suis sûr à environ 80 % que les requêtes échouent, donc je redémarre le resolver.',
      [['les requêtes échouent', 0.8, ['true: restart']]],
    ],
    ['Il y a 15 % de chances que le disque soit plein.', [['le disque est plein', 0.15, []]]],
    ['Le disque pourrait être plein.', [['le disque est plein', 0.4, []]]],
    ['Le fichier pourrait contenir une erreur.', [['le fichier contient une erreur', 0.4, []]]],
    ['Le délai doit être exprimé en secondes.', [['le délai est exprimé en secondes', 0.95, []]]],
    ['Ce délai devrait suffire.', [['ce délai suffit', 0.7, []]]],
    ['Le cache semble périmé.', [['le cache est périmé', 0.7, []]]],
    ["Quelqu'un a dû changer le port.", [["quelqu'un a changé le port", 0.95, []]]],
    ['Sans aucun doute, le port est faux.', [['le port est faux', 0.95, []]]],
    ['Le port, je crois, est faux.', [['le port est faux', 0.75, []]]],
    ['Les journaux indiquent que le cache est périmé.', [['le cache est périmé', 0.7, []]]],
    ['Je vérifie si le port est ouvert, puis on verra.', []],
    ['Même si le port est fermé, on attend.', []],
  ])('%s', async (text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  it('a negation inverts the probability, in any wording', async () => {
    const texts = [
      "Le service n'est peut-être pas démarré.",
      "Le service n'est peut-être plus démarré.",
      "Le service n'est peut-être jamais démarré.",
      'Le service est peut-être pas démarré.',
    ];
    for (const text of texts) expect(await read(text, [])).toEqual([['le service est démarré', 0.6, []]]);
    expect(await read('Le service ne peut pas être démarré.', [])).toEqual([['le service est démarré', 0.05, []]]);
    expect(await read("Ce n'est sans doute pas le service.", [])).toEqual([["c'est le service", 0.25, []]]);
  });

  it('every phrase carries the source of its number', async () => {
    const { assumptions } = await composeFromTrace('Il est probable que le pool soit plein.', completeActions([patch]));
    expect(assumptions[0]?.evidence).toEqual([
      `"il est probable que": 0.7, the IPCC's French for "likely"; read as "likely", median of the Fagen-Ulmschneider survey`,
    ]);
  });
});

describe('long French reasoning', () => {
  const trace = [
    `Depuis le déploiement de 14 h 10, le service de paiement répond 504. La latence reste plate jusqu'à 200 requêtes par
seconde, p. ex. la nuit, puis grimpe.

Le pool de connexions est probablement trop petit car les erreurs ont commencé quand le trafic a doublé ; pool.yaml
indique encore 10. Si le délai est exprimé en secondes plutôt qu'en millisecondes, corriger config/app.yaml réglerait le
problème. Il se peut aussi que la résolution DNS échoue, auquel cas redémarrer le resolver aiderait. Je ne pense pas que
ce soit la base de données : son CPU est à 12 %.`,
    `Je relis les journaux : « too many clients already » apparaît 312 fois.

- Le pool de connexions est très probablement trop petit.
- Il est peu probable que la résolution DNS échoue, puisque chaque requête aboutit.

À moins que l'opérateur n'ait disparu, il ne faut pas toucher à redis.conf.`,
  ];
  const actions: ActionInput[] = [
    {
      id: 'pool',
      kind: 'tool',
      tool: 'file.write',
      label: 'Agrandir le pool de connexions',
      args: { path: 'config/pool.yaml' },
    },
    patch,
    { ...restart, id: 'resolver' },
    { id: 'redis', kind: 'tool', tool: 'file.write', args: { path: 'redis.conf' } },
  ];

  it('weighs a misconfigured service as a careful reader would', async () => {
    expect(await read(trace, actions)).toEqual([
      ["c'est la base de données", 0.25, []],
      ["l'opérateur a disparu", 0.2, ['true: redis']],
      ['la résolution dns échoue', 0.29, ['true: resolver']],
      ["le délai est exprimé en secondes plutôt qu'en millisecondes", 0.5, ['true: patch']],
      ['le pool de connexions est trop petit', 0.784, ['true: pool']],
    ]);
  });

  it('reads each paragraph in its own language', async () => {
    const mixed =
      'The pool is probably too small, so restart the resolver.\n\nIl se peut que le port soit faux, donc il faut corriger config/app.yaml.';
    expect(await read(mixed)).toEqual([
      ['le port est faux', 0.4, ['true: patch']],
      ['the pool is too small', 0.7, ['true: restart']],
    ]);
  });
});

describe('any text at all', () => {
  const french = fc.constantFrom(
    ...[
      'si',
      "s'il",
      'à moins que',
      'ne',
      "n'",
      'pas',
      'aucun',
      'rien ne',
      'le pool',
      'est',
      'probablement',
      'pourrait',
      'être',
    ],
    ...[
      'sinon',
      'donc',
      'car',
      'resolver',
      'app.yaml',
      ',',
      '. ',
      ' ; ',
      '\n\n',
      '\n- ',
      '« ',
      ' »',
      '\u00a0:',
      'p. ex. ',
      '12 %',
      '’',
    ],
  );
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: 'grapheme', maxLength: 400 }),
    fc.array(french, { maxLength: 60 }).map((words) => words.join(' ')),
  );

  it('is read without an error, the same way each time, with spans inside it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(texts, { maxLength: 3 }), async (trace) => {
        const actions = completeActions([patch, restart]);
        const first = await composeFromTrace(trace, actions);
        expect(await composeFromTrace(trace, actions)).toEqual(first);
        for (const { p, sources = [] } of first.assumptions) {
          expect(p).toBeGreaterThan(0);
          expect(p).toBeLessThan(1);
          for (const source of sources) {
            if (typeof source === 'string') continue;
            const part = trace[Number(source.traceId.slice(1)) - 1] ?? '';
            const [start, end] = source.span;
            expect([start >= 0, start < end, end <= part.length]).toEqual([true, true, true]);
          }
        }
      }),
      { numRuns: 300 },
    ));
});
