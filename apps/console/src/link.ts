/** Takes the token of a one-time link out of the address, where nothing may keep it. Null: it has no token. */
export function takeLinkToken(): string | null {
  const token = /^#in=([\w-]+)$/.exec(window.location.hash)?.[1] ?? null;
  if (token !== null) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return token;
}

/** Of the address that the page was opened with: taken before everything else runs. */
export const linkToken: string | null = takeLinkToken();

/** The answer of an identity provider, taken out of the address in the same way. Null: the address has none. */
export const providerAnswer: URLSearchParams | null = takeProviderAnswer();

function takeProviderAnswer(): URLSearchParams | null {
  const { pathname, search } = window.location;
  const answer = new URLSearchParams(search);
  if (!answer.has('state') || !(answer.has('code') || answer.has('error'))) return null;
  window.history.replaceState(null, '', pathname);
  return answer;
}
