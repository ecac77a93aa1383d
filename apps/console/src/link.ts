/** Takes the token of a one-time link out of the address, where nothing may keep it. Null: it has no token. */
export function takeLinkToken(): string | null {
  const token = /^#in=([\w-]+)$/.exec(window.location.hash)?.[1] ?? null;
  if (token !== null) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return token;
}

/** Of the address that the page was opened with: taken before everything else runs. */
export const linkToken: string | null = takeLinkToken();

/** Authorization response in the address, removed from it like the link token. Null: none. */
export const authorizationResponse: URLSearchParams | null = takeAuthorizationResponse();

function takeAuthorizationResponse(): URLSearchParams | null {
  const { pathname, search } = window.location;
  const response = new URLSearchParams(search);
  if (!response.has('state') || !(response.has('code') || response.has('error'))) return null;
  window.history.replaceState(null, '', pathname);
  return response;
}
