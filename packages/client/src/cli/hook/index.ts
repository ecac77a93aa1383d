export { runHook } from './hook';
export { HOOK_AGENTS, type HookAgent } from './hook.answer';
export { INIT_AGENTS, settingsFor, type InitAgent } from './settings';
