import { RouteConfig } from '@nestjs/platform-fastify';
import type { Scope } from '@assent/contract';

/** What a route asks of its caller: nothing, valid credentials, or one scope. */
export type Access = 'public' | 'authenticated' | Scope;

/** Part of Fastify's configuration of a route, so that it is known before the body is read. */
export interface RouteAccess {
  readonly access?: Access;
  /** The route counts its requests itself (`Admission.charge`), because only it knows how many there are in one. */
  readonly chargesItself?: true;
}

const RULE = Symbol('assent:route-access');

/** Every route says what it needs; a route that says nothing is refused. On a class: for all routes that say nothing themselves. */
export function RequireAccess(access: Access): ClassDecorator & MethodDecorator {
  return decorate({ access });
}

export function ChargesItself(): ClassDecorator & MethodDecorator {
  return decorate({ chargesItself: true });
}

/** Nest hands Fastify the configuration of methods only, so a rule of a class is laid down at each of its methods. */
function decorate(rule: RouteAccess): ClassDecorator & MethodDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (descriptor) {
      extend(descriptor.value as object, rule);
      return;
    }
    const { prototype } = target as { prototype: object };
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype)))
      if (typeof value === 'function' && value !== target) extend(value as object, rule);
  };
}

/** A method's own rule wins: class decorators are applied after those of methods. */
function extend(method: object, rule: RouteAccess): void {
  const known = Reflect.getMetadata(RULE, method) as RouteAccess | undefined;
  const whole = { ...rule, ...known };
  Reflect.defineMetadata(RULE, whole, method);
  RouteConfig(whole)(method as () => void);
}
