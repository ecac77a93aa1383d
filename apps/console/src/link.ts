/** Takes the token of a one-time link out of the address, where nothing may keep it. Runs before everything else. */
const token = /^#in=([\w-]+)$/.exec(window.location.hash)?.[1] ?? null;
if (token !== null) window.history.replaceState(null, '', window.location.pathname + window.location.search);

export const linkToken: string | null = token;
