import { Delete, Get, Header, HttpCode, Patch, Post, Put, applyDecorators } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { TSchema } from '@sinclair/typebox';
import { METHODS, facesOf, type MethodName, type MethodParams, type MethodRow, type RestFace } from '@assent/contract';
import { LimitBody, RequireAccess } from '@assent/identity';
import { plainSchema } from '../wire.schema';
import { paramsReader, placesOf, type RestRequest } from './rest.params';

const VERBS = { GET: Get, POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete } as const;
const OK = 200;
export const NO_CONTENT = 204;

/** Declares a controller method as the REST face of an operation with its own response format. */
export function RestRoute(name: MethodName): MethodDecorator {
  const { row, face } = declared(name);
  return restRoute(row, face);
}

/** Compiles the params reader of such a route; throws like `paramsReader`. */
export function restParams<M extends MethodName>(name: M): (request: RestRequest) => MethodParams<M> {
  const { row, face } = declared(name);
  return paramsReader(row, face);
}

function declared(name: MethodName): { readonly row: MethodRow; readonly face: RestFace } {
  const row: MethodRow = METHODS[name];
  const [face] = facesOf(row);
  if (!face) throw new Error(`${name} has no REST face`);
  return { row, face };
}

/** Nest and OpenAPI metadata of a route, derived from its row. */
export function restRoute(row: MethodRow, face: RestFace): MethodDecorator {
  const { verb, path, operationId, summary = row.summary, status = OK } = face;
  const tag = face.tag ?? path.split('/')[1] ?? '';
  return applyDecorators(
    VERBS[verb](path.replaceAll(/\{(\w+)\}/g, ':$1')),
    HttpCode(status),
    RequireAccess(face.byTicket ? 'public' : (row.scope ?? 'authenticated')),
    ...(face.bodyLimit === undefined ? [] : [LimitBody(face.bodyLimit)]),
    ApiTags(tag),
    ApiOperation({ summary, operationId }),
    ...(face.noStore ? [Header('cache-control', 'no-store')] : []),
    ...described(row, face),
    ...(face.produces
      ? []
      : [ApiResponse({ status, ...(status === NO_CONTENT ? {} : { content: json(row.result) }) })]),
  );
}

function json(schema: TSchema) {
  return { 'application/json': { schema: plainSchema(schema) } };
}

function described(row: MethodRow, face: RestFace): MethodDecorator[] {
  const { path, isQuery, rest } = placesOf(row, face);
  const names = Object.keys(rest.properties);
  const ids = path.map(({ placeholder: name, schema }) => ApiParam({ name, schema: plainSchema(schema) }));
  const query = Object.entries(isQuery ? rest.properties : {}).map(([name, schema]) =>
    ApiQuery({ name, required: rest.required.includes(name), schema: plainSchema(schema) }),
  );
  const hasBody = !isQuery && names.length > 0;
  return [
    ...ids,
    ...(face.ifMatch === undefined ? [] : [IfMatch()]),
    ...query,
    ...(hasBody ? [ApiBody({ required: !face.optionalBody, schema: plainSchema(rest) })] : []),
  ];
}

const IfMatch = () =>
  ApiHeader({
    name: 'If-Match',
    required: true,
    description: 'The content hash in quotes, as in the ETag',
    schema: { type: 'string' },
  });
