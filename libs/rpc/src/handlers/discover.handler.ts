import { Injectable } from '@nestjs/common';
import type { MethodResult } from '@assent/contract';
import type { RpcHandler } from '../call.context';
import { openRpcDocument } from '../openrpc';

@Injectable()
export class DiscoverHandler implements RpcHandler<'rpc.discover'> {
  private readonly document = openRpcDocument();

  handle(): Promise<MethodResult<'rpc.discover'>> {
    return Promise.resolve(this.document);
  }
}
