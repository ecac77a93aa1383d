export const DEFAULT_HOLD_SECONDS = 540;
export const MAX_HOLD_SECONDS = 3_600;

/** Time in seconds beyond the hold until the answer has to be there. */
const ANSWER_MARGIN_SECONDS = 20;
/** Time in seconds beyond it until the agent gives up on the hook. */
const AGENT_MARGIN_SECONDS = 40;

/** Seconds for which `assent hook` waits for the answer to a question that is held so long. */
export function answerLimitSeconds(holdSeconds: number): number {
  return holdSeconds + ANSWER_MARGIN_SECONDS;
}

/** `timeout` of the hook in the agent's settings: the answer of `assent hook` comes before it. */
export function agentLimitSeconds(holdSeconds: number): number {
  return answerLimitSeconds(holdSeconds) + AGENT_MARGIN_SECONDS;
}
