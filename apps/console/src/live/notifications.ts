import { signal, type ReadonlySignal } from '@preact/signals';

const STORED = 'assent.notifications';

const isOn = signal(false);

/** Whether the person of this browser wants to be notified of new approvals. */
export const areNotificationsOn: ReadonlySignal<boolean> = isOn;

/** Notifications need a secure context. */
export function canNotify(): boolean {
  return window.isSecureContext && 'Notification' in window;
}

export function restoreNotifications(): void {
  isOn.value = canNotify() && Notification.permission === 'granted' && localStorage.getItem(STORED) === 'on';
}

/** Asks the browser for its permission. @returns whether notifications are on */
export async function turnNotificationsOn(): Promise<boolean> {
  isOn.value = canNotify() && (await Notification.requestPermission()) === 'granted';
  if (isOn.value) localStorage.setItem(STORED, 'on');
  return isOn.value;
}

export function turnNotificationsOff(): void {
  isOn.value = false;
  localStorage.removeItem(STORED);
}

/** Says that something waits. What it is stands on the page alone: a lock screen is read by others. */
export function notify(text: string, open: () => void): void {
  if (!isOn.value || document.visibilityState === 'visible') return;
  const notification = new Notification(text, { tag: 'assent.approval' });
  notification.addEventListener('click', () => {
    window.focus();
    open();
    notification.close();
  });
}
