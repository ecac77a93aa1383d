export { hasDeliveries, publishEvent, publishFrames } from './outbox';
export { OutboxSignal } from './outbox.signal';
export { OutboxModule } from './outbox.module';
