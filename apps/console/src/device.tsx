import { useState } from 'preact/hooks';
import { Button } from './parts/button';
import { Copy } from './parts/copy';
import { Dialog } from './parts/dialog';
import { Load, useLoad } from './parts/load';
import { Time } from './parts/time';
import { useSeat } from './session/session';
import { qrCode } from './text/qr';
import { SHELL } from './texts';

const TEXTS = SHELL.device;
/** Readers want this many light modules around the code. */
const QUIET = 4;

/** A link that opens a session of the same seat on another device, as text and as a QR code. */
export default function DeviceDialog({ onClose }: { readonly onClose: () => void }) {
  const { subject } = useSeat();
  const [round, setRound] = useState(0);
  const link = useLoad(`session-link ${round}`, (client, signal) => client.call('session/link', {}, { signal }));
  return (
    <Dialog
      open
      title={TEXTS.title}
      onClose={onClose}
      footer={<Button onClick={() => setRound(round + 1)}>{TEXTS.again}</Button>}
    >
      <Load of={link}>
        {({ url, expiresAt }) => (
          <div class="device">
            <p>{TEXTS.text(subject)}</p>
            <Qr text={url} />
            <p class="device-link">
              <code>{url}</code>
              <Copy text={url} label={TEXTS.link} />
            </p>
            <p class="muted">
              {TEXTS.expires} <Time of={expiresAt} />
            </p>
          </div>
        )}
      </Load>
    </Dialog>
  );
}

function Qr({ text }: { readonly text: string }) {
  const code = qrCode(text);
  // A text that is too long for a code is there as a link.
  if (!code) return null;
  const size = code.length;
  const path = code.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  const side = size + 2 * QUIET;
  return (
    <svg class="qr" role="img" aria-label={TEXTS.code} viewBox={`${-QUIET} ${-QUIET} ${side} ${side}`}>
      <rect class="qr-light" x={-QUIET} y={-QUIET} width={side} height={side} />
      <path class="qr-dark" d={path} shape-rendering="crispEdges" />
    </svg>
  );
}
