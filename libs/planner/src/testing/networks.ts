import type { ActionInput, AssumptionInput, GainRow, GivenRow } from '@assent/contract';

/** A decision on a textbook Bayesian network: repair or treat one cause, or do nothing. */
export interface TextbookNetwork {
  readonly name: string;
  readonly assumptions: readonly AssumptionInput[];
  readonly actions: readonly ActionInput[];
  readonly gains: readonly GainRow[];
  /** Ids of the effects, which are observed first. */
  readonly symptoms: readonly string[];
}

const tool = (id: string, effort: number): ActionInput => ({ id, kind: 'tool', tool: 'file.write', effort });

function rows(parents: readonly string[], table: Readonly<Record<string, number>>): GivenRow[] {
  return Object.entries(table).map(([values, p]) => ({
    when: Object.fromEntries(parents.map((parent, place) => [parent, values[place] === '1'])),
    p,
  }));
}

/** J. Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988: burglary, earthquake, alarm, two neighbours who call. */
export const BURGLARY: TextbookNetwork = {
  name: 'burglary',
  assumptions: [
    { id: 'burglary', text: 'Somebody broke into the house', p: 0.001 },
    { id: 'earthquake', text: 'The ground shook', p: 0.002 },
    {
      id: 'alarm',
      text: 'The alarm rang',
      p: 0.01,
      given: rows(['burglary', 'earthquake'], { '11': 0.95, '10': 0.94, '01': 0.29, '00': 0.001 }),
    },
    { id: 'john', text: 'John called', p: 0.1, given: rows(['alarm'], { '1': 0.9, '0': 0.05 }) },
    { id: 'mary', text: 'Mary called', p: 0.1, given: rows(['alarm'], { '1': 0.7, '0': 0.01 }) },
  ],
  actions: [tool('police', 6), tool('shelter', 9), tool('stay', 0)],
  gains: [
    { actionId: 'police', when: { burglary: true }, gain: 1 },
    { actionId: 'shelter', when: { earthquake: true }, gain: 1 },
    { actionId: 'stay', when: {}, gain: 0.1 },
    { actionId: 'stay', when: { burglary: false, earthquake: false }, gain: 0.35 },
  ],
  symptoms: ['john', 'mary'],
};

/** S. L. Lauritzen and D. J. Spiegelhalter, Journal of the Royal Statistical Society B 50(2), 1988: "Asia", the chest clinic. */
export const ASIA: TextbookNetwork = {
  name: 'Asia',
  assumptions: [
    { id: 'asia', text: 'The patient was in Asia', p: 0.01 },
    { id: 'smoke', text: 'The patient smokes', p: 0.5 },
    { id: 'tub', text: 'The patient has tuberculosis', p: 0.01, given: rows(['asia'], { '1': 0.05, '0': 0.01 }) },
    { id: 'lung', text: 'The patient has lung cancer', p: 0.05, given: rows(['smoke'], { '1': 0.1, '0': 0.01 }) },
    { id: 'bronc', text: 'The patient has bronchitis', p: 0.45, given: rows(['smoke'], { '1': 0.6, '0': 0.3 }) },
    {
      id: 'either',
      text: 'One of the two is there',
      p: 0.06,
      given: rows(['tub', 'lung'], { '11': 0.999, '10': 0.999, '01': 0.999, '00': 0.001 }),
    },
    { id: 'xray', text: 'The X-ray shows a shadow', p: 0.1, given: rows(['either'], { '1': 0.98, '0': 0.05 }) },
    {
      id: 'dysp',
      text: 'The patient is short of breath',
      p: 0.4,
      given: rows(['either', 'bronc'], { '11': 0.9, '10': 0.7, '01': 0.8, '00': 0.1 }),
    },
  ],
  actions: [tool('tuberculosis', 9), tool('cancer', 12), tool('bronchitis', 6), tool('send-home', 0)],
  gains: [
    { actionId: 'tuberculosis', when: { tub: true }, gain: 1 },
    { actionId: 'cancer', when: { lung: true }, gain: 1 },
    { actionId: 'bronchitis', when: { bronc: true }, gain: 0.8 },
    { actionId: 'send-home', when: { either: false, bronc: false }, gain: 0.6 },
  ],
  symptoms: ['xray', 'dysp'],
};

/** J. Pearl, "Causality", 2000: season, sprinkler, rain, wet grass, slippery path. */
export const SPRINKLER: TextbookNetwork = {
  name: 'sprinkler',
  assumptions: [
    { id: 'dry', text: 'It is the dry season', p: 0.5 },
    { id: 'sprinkler', text: 'The sprinkler was on', p: 0.3, given: rows(['dry'], { '1': 0.5, '0': 0.1 }) },
    { id: 'rain', text: 'It rained', p: 0.5, given: rows(['dry'], { '1': 0.2, '0': 0.8 }) },
    {
      id: 'wet',
      text: 'The grass is wet',
      p: 0.6,
      given: rows(['sprinkler', 'rain'], { '11': 0.99, '10': 0.9, '01': 0.9, '00': 0.001 }),
    },
    { id: 'slippery', text: 'The path is slippery', p: 0.5, given: rows(['wet'], { '1': 0.7, '0': 0.001 }) },
  ],
  actions: [tool('turn-off', 6), tool('umbrella', 3), tool('nothing', 0)],
  gains: [
    { actionId: 'turn-off', when: { sprinkler: true }, gain: 0.9 },
    { actionId: 'umbrella', when: { rain: true }, gain: 0.8 },
    { actionId: 'nothing', when: { rain: false, sprinkler: false }, gain: 0.9 },
    { actionId: 'nothing', when: {}, gain: 0.2 },
  ],
  symptoms: ['wet', 'slippery'],
};

export const TEXTBOOK_NETWORKS: readonly TextbookNetwork[] = [BURGLARY, ASIA, SPRINKLER];
