import { useState } from 'preact/hooks';
import { announce } from './announce';
import { Icon } from './icon';
import { PARTS } from './texts';

const SHOWN_MS = 1_500;

/** Copies a text. Without a secure context the browser has no clipboard: the old way is used. */
async function copyText(text: string): Promise<boolean> {
  // Absent without a secure context, unlike what its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) {
    try {
      await clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way over plain HTTP
  const isCopied = document.execCommand('copy');
  area.remove();
  return isCopied;
}

/** A button that copies a text. @param label what is copied, for screen readers */
export function Copy({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    void copyText(text).then((done) => {
      announce(done ? PARTS.copied : PARTS.copyFailed);
      setCopied(done);
      if (done) setTimeout(() => setCopied(false), SHOWN_MS);
    });
  };
  return (
    <button type="button" class="copy" aria-label={`${PARTS.copy} ${label}`} title={PARTS.copy} onClick={copy}>
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  );
}
