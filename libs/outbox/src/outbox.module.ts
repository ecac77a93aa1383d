import { Module } from '@nestjs/common';
import { OutboxSignal } from './outbox.signal';

@Module({ providers: [OutboxSignal], exports: [OutboxSignal] })
export class OutboxModule {}
