export { DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS } from './hold';
export { runHook } from './hook';
export { HOOK_AGENTS, type HookAgent } from './hook.answer';
export { INIT_AGENTS, settingsFor, type InitAgent } from './settings';
