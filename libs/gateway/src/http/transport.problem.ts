import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import { httpProblem, type Problem } from './error.map';

/** Hints for requests that were refused at the HTTP level. */
const HINTS: Readonly<Record<number, string>> = {
  400: 'The request is not valid HTTP. Check its first line and its headers.',
  404: 'There is nothing at this address. /docs lists the routes.',
  405: 'This address does not support this method. The header Allow lists those that it supports.',
  408: 'The request was not complete in time. Send it faster, or in smaller pieces.',
  413: 'The body is too large. Send a smaller one.',
  414: 'The address is too long. Shorten the query or the id.',
  415: 'Send Content-Type: application/json, uncompressed, in UTF-8.',
  417: 'The server supports no expectation except "Expect: 100-continue".',
  431: 'The header fields are larger than 16 KiB. Send fewer or shorter ones.',
  501: 'The server does not support this HTTP method. /docs lists the routes with their methods.',
};

/** Names of RFC 9110 that older versions of Node lack. */
const TITLES: Readonly<Record<number, string>> = { 413: 'Content Too Large' };

/** A request that was refused for its form, before any route ran. */
export class TransportRefusal extends Error {
  constructor(readonly statusCode: number) {
    super(titleOf(statusCode));
  }
}

export function transportProblem(status: number, requestId: string, detail = HINTS[status]): Problem {
  return httpProblem(status, titleOf(status), detail ?? 'The request could not be read.', requestId);
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  reply.code(problem.status).header('content-type', 'application/problem+json').send(JSON.stringify(problem));
}

function titleOf(status: number): string {
  return TITLES[status] ?? STATUS_CODES[status] ?? 'Request Refused';
}
