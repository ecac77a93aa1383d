import type { EndpointScript, RecordedCall } from './model-endpoint';
import { says, saysJson, type EndpointReply } from './model-replies';
import { MODEL_FILE } from './model-scene';
import { gain } from './model-script';

const NO_BELIEFS = { assumptions: [], associations: [], ranking: [], observed: [] };
/** What the plans of a search propose to write, one after another; the judge likes the largest. */
const TIMEOUTS = [2_000, 3_000, 1_000, 500, 700];

/** The number that a plan in the prompt of a judge proposes. */
export function numberIn(prompt: string, place: 'first' | 'second'): number {
  return Number(new RegExp(`${place} plan>[^<]*?timeout_ms: (\\d+)`).exec(prompt)?.[1]);
}

function judges({ prompt }: RecordedCall): EndpointReply {
  const score = (place: 'first' | 'second') => 1 + (9 * numberIn(prompt, place)) / 10_000;
  const criteria = [{ name: 'long enough', weight: 2, first: score('first'), second: score('second') }];
  return saysJson({ criteria, critique: 'Mind the unit.', lessons: ['Look first.'], evolvedPrompt: 'Say the unit.' });
}

/** A model that writes those plans and judges them in pairs. `otherwise` answers in its place. */
export function searching(
  otherwise: (call: RecordedCall, plan: number) => EndpointReply | null = () => null,
): EndpointScript {
  let plan = -1;
  return (call) => {
    if (call.answer === null) plan += 1;
    const other = otherwise(call, plan);
    if (other) return other;
    if (call.answer === 'judgement') return judges(call);
    if (call.answer === 'beliefs') return saysJson(NO_BELIEFS);
    if (call.answer === 'gains') return saysJson({ gains: [gain('a1', 1)] });
    const content = `timeout_ms: ${TIMEOUTS[plan % TIMEOUTS.length]}\n`;
    return says({ text: [`Plan ${plan}.`], calls: [{ name: 'file_write', args: { path: MODEL_FILE, content } }] });
  };
}
