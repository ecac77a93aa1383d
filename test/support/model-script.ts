import type { EndpointScript, RecordedCall } from './model-endpoint';
import { says, saysJson, type EndpointReply, type Said } from './model-replies';

/** What a scripted model does in one step of a run. */
export interface ScriptedStep {
  /** What it thinks aloud, and the functions that it calls; or any other way to answer. */
  readonly plan: Said | EndpointReply;
  /** Its beliefs; default: none that matter. */
  readonly beliefs?: object | EndpointReply;
  /** Gain of each action in every case, by action id; default: the first action is best. */
  readonly gains?: readonly object[] | EndpointReply;
}

const NO_BELIEFS = { assumptions: [], associations: [], ranking: [], observed: [] };

/** A model that plays the given steps, one for each planning call; the structured calls of a step follow it. */
export function playing(steps: readonly ScriptedStep[]): EndpointScript {
  let step = -1;
  const answered = <T>(given: T | EndpointReply, otherwise: (value: T) => EndpointReply): EndpointReply =>
    typeof given === 'function' ? (given as EndpointReply) : otherwise(given);
  return (call: RecordedCall) => {
    if (call.answer === null) step += 1;
    const now = steps[step];
    if (!now) throw new Error(`the script has no step ${step + 1}`);
    if (call.answer === null) return answered(now.plan, says);
    if (call.answer === 'beliefs') {
      return answered(now.beliefs ?? {}, (beliefs) => saysJson({ ...NO_BELIEFS, ...beliefs }));
    }
    return answered(now.gains ?? [gain('a1', 1)], (gains) => saysJson({ gains }));
  };
}

/** A gain row that applies in every case. */
export function gain(actionId: string, value: number): object {
  return { actionId, when: [], gain: value };
}

/** An assumption as a composer's answer has it. */
export function believes(id: string, text: string, p: number): object {
  return { id, text, p, excludes: [], given: [] };
}
