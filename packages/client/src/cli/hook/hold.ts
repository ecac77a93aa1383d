export const DEFAULT_HOLD_SECONDS = 540;
export const MAX_HOLD_SECONDS = 3_600;

/** Seconds after the end of the hold by which the answer must have arrived. */
const ANSWER_MARGIN_SECONDS = 20;
/** Seconds after that until the agent gives up on the hook. */
const AGENT_MARGIN_SECONDS = 40;

/** Seconds for which `assent hook` waits for the answer to a question with this hold. */
export function answerLimitSeconds(holdSeconds: number): number {
  return holdSeconds + ANSWER_MARGIN_SECONDS;
}

/** `timeout` of the hook in the agent's settings: the answer of `assent hook` comes before it. */
export function agentLimitSeconds(holdSeconds: number): number {
  return answerLimitSeconds(holdSeconds) + AGENT_MARGIN_SECONDS;
}
