import { useEffect, useState } from 'preact/hooks';
import { AssentError } from '@assent/client';
import { Button } from '../parts/button';
import { Dialog } from '../parts/dialog';
import { Field } from '../parts/field';
import { Brand } from '../brand';
import { Spelled } from '../parts/spelled';
import { PARTS } from '../parts/texts';
import { SHELL } from '../texts';
import { provider, providerName, providerProblem } from './provider';
import { answerOffer, offeredSessions, seats, signIn, signedOutReason, switchSeat } from './session';

const TEXTS = SHELL.signIn;
const UNAUTHENTICATED = 401;

export function SignIn() {
  const [credential, setCredential] = useState('');
  const [remember, setRemember] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => () => void (providerProblem.value = null), []);
  const submit = (event: Event): void => {
    event.preventDefault();
    if (credential.trim() === '') return;
    setBusy(true);
    setError(null);
    signIn(credential.trim(), remember).catch((failure: unknown) => {
      setBusy(false);
      setError(messageOf(failure));
    });
  };
  const atProvider = (act: (module: typeof import('./provider.sign-in')) => Promise<void>) => () => {
    setBusy(true);
    void import('./provider.sign-in').then(act).finally(() => setBusy(false));
  };
  const reason = TEXTS.reasons[signedOutReason.value];
  const problem = providerProblem.value;
  return (
    <main class="sign-in" id="main">
      <Brand />
      <div class="card sign-in-card">
        <h1>{TEXTS.title}</h1>
        {reason !== '' && (
          <p class={signedOutReason.value === 'link' ? 'notice notice-bad' : 'notice'} role="status">
            {reason}
          </p>
        )}
        {seats.value.map(({ subject }) => (
          <Button key={subject} onClick={() => switchSeat(subject)}>
            {PARTS.continueAs(subject)}
          </Button>
        ))}
        {provider && (
          <div class="sign-in-provider">
            {problem !== null && (
              <p class="notice notice-bad" role="alert">
                <Spelled text={problem} />
              </p>
            )}
            <Button
              tone="primary"
              busy={isBusy}
              disabled={!window.isSecureContext}
              onClick={atProvider(({ redirectToProvider }) => redirectToProvider(remember))}
            >
              {TEXTS.provider.submit(providerName())}
            </Button>
            {!window.isSecureContext && <p class="muted">{TEXTS.provider.insecure}</p>}
            {signedOutReason.value === 'signed-out' && (
              <Button tone="quiet" onClick={atProvider(({ signOutOfProvider }) => signOutOfProvider())}>
                {TEXTS.provider.signOut(providerName())}
              </Button>
            )}
          </div>
        )}
        <p class="muted">{provider ? TEXTS.provider.or : TEXTS.lead}</p>
        <form onSubmit={submit}>
          <Field label={TEXTS.key} {...(provider ? {} : { hint: TEXTS.hint })} error={error}>
            <input
              type="password"
              autocomplete="off"
              spellcheck={false}
              autofocus={!provider}
              value={credential}
              onInput={(event) => setCredential(event.currentTarget.value)}
            />
          </Field>
          <label class="check">
            <input type="checkbox" checked={remember} onChange={(event) => setRemember(event.currentTarget.checked)} />
            {TEXTS.remember}
          </label>
          <Button tone={provider ? 'plain' : 'primary'} type="submit" busy={isBusy}>
            {TEXTS.submit}
          </Button>
        </form>
      </div>
    </main>
  );
}

/** A link was opened while somebody is signed in: it replaces nothing without an answer. */
export function ReplaceSession() {
  const offer = offeredSessions.value;
  if (!offer) return null;
  const next = offer.map(({ principal }) => principal.subject).join(', ');
  const now = seats.value.map(({ subject }) => subject).join(', ');
  return (
    <Dialog
      open
      title={TEXTS.replaceTitle}
      onClose={() => answerOffer(false)}
      footer={
        <>
          <Button autofocus onClick={() => answerOffer(false)}>
            {TEXTS.stay(now)}
          </Button>
          <Button tone="primary" onClick={() => answerOffer(true)}>
            {TEXTS.replace(next)}
          </Button>
        </>
      }
    >
      <p>
        <Spelled text={TEXTS.replaceText(now, next)} />
      </p>
    </Dialog>
  );
}

function messageOf(error: unknown): string {
  if (error instanceof AssentError && error.status === UNAUTHENTICATED) return TEXTS.wrong;
  return error instanceof Error ? error.message : String(error);
}
