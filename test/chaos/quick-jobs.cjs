// Loaded into a replica before its code: jobs that run every 20 s or less often run twice a second.
const RARE_MS = 20_000;
const SOON_MS = 500;
const wait = globalThis.setInterval;

globalThis.setInterval = (work, ms, ...args) => wait(work, ms >= RARE_MS ? SOON_MS : ms, ...args);
