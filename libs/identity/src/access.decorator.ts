import { RouteConfig } from '@nestjs/platform-fastify';
import type { Scope } from '@assent/contract';

/** The access rule of a route: open, valid credentials, or one scope. */
export type Access = 'public' | 'authenticated' | Scope;

/** Part of Fastify's route configuration, so that it is available before the body is read. */
export interface RouteAccess {
  readonly access?: Access;
  /** The route counts its requests itself (`Admission.charge`), because only it knows the size of a batch. */
  readonly chargesItself?: true;
  /** Largest body in bytes. Default: that of all routes. */
  readonly bodyBytes?: number;
}

const RULE = Symbol('assent:route-access');

/** Declares the access rule of a route; a route without one is refused. On a class: the default of its routes. */
export function RequireAccess(access: Access): ClassDecorator & MethodDecorator {
  return decorate({ access });
}

export function ChargesItself(): ClassDecorator & MethodDecorator {
  return decorate({ chargesItself: true });
}

export function LimitBody(bodyBytes: number): ClassDecorator & MethodDecorator {
  return decorate({ bodyBytes });
}

/**
 * Nest passes only the configuration of methods to Fastify, so the rule of a class is copied to each of its methods.
 */
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

/** A method's own rule wins, because class decorators are applied after method decorators. */
function extend(method: object, rule: RouteAccess): void {
  const known = Reflect.getMetadata(RULE, method) as RouteAccess | undefined;
  const whole = { ...rule, ...known };
  Reflect.defineMetadata(RULE, whole, method);
  RouteConfig(whole)(method as () => void);
}
