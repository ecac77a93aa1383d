import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import type { PagePolicy } from '@assent/gateway';
import { Admission, type RouteAccess } from '@assent/identity';
import { StartError, type ConsoleSignIn } from '@assent/platform';

/** The folder in which `npm run build` and `npm start` put the console: dist/console. */
const BUILT = join(__dirname, '../../../../console');
const HOME = '/ui/';
const MS_PER_YEAR = 31_536_000_000;

/**
 * Allows scripts from this server only, and never text as a script or HTML. `assent-worker` is the policy for the URL
 * of the worker.
 * @param issuer the provider with which the page exchanges the code of a sign-in
 */
function policyOf(issuer: string | undefined): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self'${issuer === undefined ? '' : ` ${new URL(issuer).origin}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types assent-worker',
  ].join('; ');
}

function openPage(signIn: ConsoleSignIn | null): RouteAccess & PagePolicy {
  return {
    access: 'public',
    headers: {
      'content-security-policy': policyOf(signIn?.issuer),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': [
        'accelerometer',
        'camera',
        'display-capture',
        'geolocation',
        'gyroscope',
        'magnetometer',
        'microphone',
        'midi',
        'payment',
        'serial',
        'usb',
      ]
        .map((feature) => `${feature}=()`)
        .join(', '),
    },
  };
}

/**
 * Serves the console at /ui/: its assets, whose content never changes under one name, and the shell for every other
 * address below it.
 * @throws StartError when the console is not built
 */
export function serveConsole(fastify: FastifyInstance, admission: Admission, signIn: ConsoleSignIn | null): void {
  const shell = signIn ? withSignIn(builtShell(), signIn) : builtShell();
  const page = openPage(signIn);
  const onRequest = ({ ip }: FastifyRequest): Promise<void> => admission.chargePage(ip);
  fastify.get('/', { config: page, onRequest }, (_request, reply) => {
    void reply.redirect(HOME);
  });
  for (const address of ['/ui', `${HOME}*`])
    fastify.get(address, { config: page, onRequest }, (_request, reply) => {
      void reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache').send(shell);
    });
  void fastify.register(
    async (assets) => {
      assets.addHook('onRoute', (route) => {
        route.config = { ...route.config, ...page };
      });
      assets.addHook('onRequest', onRequest);
      assets.setNotFoundHandler(({ url }) => {
        throw new AssentError(
          'not_found',
          `The console has no file ${url}. Load the page again: it may be from another version.`,
        );
      });
      await assets.register(fastifyStatic, {
        root: join(BUILT, 'assets'),
        decorateReply: false,
        index: false,
        preCompressed: true,
        immutable: true,
        maxAge: MS_PER_YEAR,
      });
    },
    { prefix: `${HOME}assets` },
  );
}

function builtShell(): string {
  try {
    return readFileSync(join(BUILT, 'index.html'), 'utf8');
  } catch (cause) {
    throw new StartError(
      [`The console is not built: ${BUILT} has no index.html. Run "npm run build", or set CONSOLE=off.`],
      {
        cause,
      },
    );
  }
}

/** Puts the provider into the shell, because the sign-in page needs it before anyone is authenticated. */
function withSignIn(shell: string, signIn: ConsoleSignIn): string {
  const content = JSON.stringify(signIn).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return shell.replace('</head>', () => `<meta name="assent-sign-in" content="${content}" /></head>`);
}
