import { Type } from '@sinclair/typebox';

export const WaitSeconds = Type.Integer({
  minimum: 0,
  description: 'Seconds to wait; default and maximum: as long as the client allows',
});
export const WorkspaceName = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'Required where several are configured',
});
