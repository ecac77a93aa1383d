import { AssentClient, EMPTY_VIEW, reduce } from '@assent/client';
import { AssentProvider, useRun } from '@assent/client/react';
import { ReplayServer } from '@assent/client/testing';
import { verify } from '@assent/client/webhooks';

globalThis.used = { AssentClient, AssentProvider, EMPTY_VIEW, ReplayServer, reduce, useRun, verify };
