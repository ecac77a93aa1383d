import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import type { RouteAccess } from '@assent/identity';
import type { PagePolicy } from '@assent/gateway';
import { DESCRIPTION, TAGS, withExamples } from './api-description';

const PATH = 'docs';
const DOCUMENT = 'openapi.json';

/** Swagger UI styles its elements inline and draws with data URLs; scripts and requests stay at this server. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The routes of the API documentation need no key. MUST be called before the access hook is installed. */
export function openPages(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (!route.url.startsWith(`/${PATH}`) && route.url !== `/${DOCUMENT}`) return;
    const open: RouteAccess & PagePolicy = { access: 'public', contentSecurityPolicy: DOCS_POLICY };
    route.config = { ...route.config, ...open };
  });
}

/** Swagger UI at /docs, and the OpenAPI document. */
export function serveApiDocs(app: NestFastifyApplication): void {
  const builder = new DocumentBuilder()
    .setTitle('Assent REST API')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    // The schemas of the contract are JSON Schema, which OpenAPI 3.1 accepts unchanged.
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key (aak_...) or a JSON web token' });
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const info = builder.build();
  SwaggerModule.setup(
    PATH,
    app,
    () => withExamples(SwaggerModule.createDocument(app, info, { autoTagControllers: false })),
    {
      jsonDocumentUrl: DOCUMENT,
      customSiteTitle: 'Assent: REST API',
      swaggerOptions: { docExpansion: 'list', defaultModelsExpandDepth: -1 },
    },
  );
}
