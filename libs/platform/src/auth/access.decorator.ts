import { SetMetadata } from '@nestjs/common';
import type { Scope } from '@assent/contract';

export const ACCESS_KEY = 'assent:access';

/** What a route asks of its caller: nothing, valid credentials, or one scope. */
export type Access = 'public' | 'authenticated' | Scope;

/** Every route says what it needs; a route that says nothing is refused. */
export const RequireAccess = (access: Access) => SetMetadata(ACCESS_KEY, access);

export const SELF_CHARGED_KEY = 'assent:self-charged';

/** The route counts its requests itself (Admission.charge), because only it knows how many there are in one. */
export const ChargesItself = () => SetMetadata(SELF_CHARGED_KEY, true);
