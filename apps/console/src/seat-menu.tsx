import { useEffect, useRef, useState } from 'preact/hooks';
import { inbox } from './live/inbox';
import { areNotificationsOn, canNotify, turnNotificationsOff, turnNotificationsOn } from './live/notifications';
import { announce } from './parts/announce';
import { zone } from './parts/clock';
import { Icon, type IconName } from './parts/icon';
import { Spelled } from './parts/spelled';
import { seat, seats, signOut, switchSeat, type Seat } from './session/session';
import { SHELL } from './texts';

const TEXTS = SHELL.seat;

/** Who the page acts as, the other seat, and what belongs to the person. */
export function SeatMenu(props: {
  readonly onHelp: () => void;
  readonly onDevice: () => void;
  readonly onPause: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    const leave = (event: Event): void => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !box.current?.contains(event.target as Node)) {
        setOpen(false);
      }
    };
    document.addEventListener('pointerdown', leave);
    document.addEventListener('keydown', leave);
    return () => {
      document.removeEventListener('pointerdown', leave);
      document.removeEventListener('keydown', leave);
    };
  }, [isOpen]);
  const current = seat.value;
  if (!current) return null;
  return (
    <div class="seat" ref={box}>
      <button type="button" class="seat-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <span class="visually-hidden">{TEXTS.label}</span>
        <Identity of={current} />
        <Icon name="chevron" />
      </button>
      {isOpen && (
        <div class="menu" onClick={() => setOpen(false)}>
          {seats.value.length > 1 && (
            <>
              <p class="menu-label">{TEXTS.act}</p>
              {seats.value.map((one) => (
                <button
                  key={one.subject}
                  type="button"
                  class="menu-item"
                  aria-pressed={one.subject === current.subject}
                  onClick={() => {
                    switchSeat(one.subject);
                    announce(TEXTS.switched(one.subject));
                  }}
                >
                  <Identity of={one} />
                  {one.subject === current.subject && <Icon name="check" />}
                </button>
              ))}
              <hr />
            </>
          )}
          <Item text={TEXTS.otherDevice} icon="copy" act={props.onDevice} />
          <Notifications />
          <Item text={zone.value === 'utc' ? TEXTS.local : TEXTS.utc} icon="clock" act={toggleZone} />
          <Item text={TEXTS.help} icon="more" act={props.onHelp} />
          <hr />
          {!inbox.pause.value && <Item text={TEXTS.pause} icon="pause" act={props.onPause} />}
          <Item text={TEXTS.signOut} icon="cross" act={() => void signOut()} />
        </div>
      )}
    </div>
  );
}

function Item(props: {
  readonly text: string;
  readonly icon: IconName;
  readonly disabled?: boolean;
  readonly act: () => void;
}) {
  return (
    <button type="button" class="menu-item" disabled={props.disabled} onClick={props.act}>
      <Icon name={props.icon} />
      <span>{props.text}</span>
    </button>
  );
}

/** Opt-in, and without content. */
function Notifications() {
  if (!canNotify()) return <Item text={TEXTS.notifyInsecure} icon="warn" disabled act={() => undefined} />;
  if (areNotificationsOn.value) return <Item text={TEXTS.notifyOff} icon="check" act={turnNotificationsOff} />;
  const turnOn = (): void => {
    void turnNotificationsOn().then((isOn) => {
      if (!isOn) announce(TEXTS.notifyRefused);
    });
  };
  return <Item text={TEXTS.notify} icon="inbox" act={turnOn} />;
}

function Identity({ of }: { readonly of: Seat }) {
  const index = seats.value.findIndex(({ subject }) => subject === of.subject);
  return (
    <>
      <span class="seat-mark" data-tint={index} aria-hidden="true">
        {Array.from(of.subject)[0]}
      </span>
      <span>
        <span class="seat-name">
          <Spelled text={of.subject} />
        </span>
        <span class="seat-tenant">
          <Spelled text={TEXTS.tenant(of.tenant)} />
        </span>
      </span>
    </>
  );
}

function toggleZone(): void {
  zone.value = zone.value === 'utc' ? 'local' : 'utc';
}
