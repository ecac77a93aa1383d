import { signal } from '@preact/signals';

/** The identity provider that signs people in, and this console's client there. */
export interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
}

/** Null: the server names none. */
export const provider: Provider | null = readProvider();

/** Why a sign-in at the provider did not succeed. */
export const providerProblem = signal<string | null>(null);

/** The provider as people know it. */
export function providerName(): string {
  return provider ? new URL(provider.issuer).host : '';
}

/** The server puts the provider into the page; no API returns it. */
function readProvider(): Provider | null {
  const text = document.querySelector<HTMLMetaElement>('meta[name=assent-sign-in]')?.content;
  return text === undefined ? null : (JSON.parse(text) as Provider);
}
