import { SetMetadata } from '@nestjs/common';
import type { Scope } from '@assent/contract';

export const ACCESS_KEY = 'assent:access';

/** What a route asks of its caller: nothing, valid credentials, or one scope. */
export type Access = 'public' | 'authenticated' | Scope;

/** Every route says what it needs; a route that says nothing is refused. */
export const RequireAccess = (access: Access) => SetMetadata(ACCESS_KEY, access);
