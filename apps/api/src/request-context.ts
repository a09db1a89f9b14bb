import { Context } from '@nestjs/graphql';
import type { Scope, Viewer } from '#merchants';
import { ANY_CALLER, requireScope, type Loaders } from '#platform/graphql';

/** What every resolver knows of its request. */
export interface RequestContext {
  readonly viewer: Viewer;
  readonly loaders: Loaders;
}

/** `@CurrentViewer() viewer: Viewer`: who asks. The merchant comes from here and from nowhere else. */
export const CurrentViewer = (): ParameterDecorator => Context('viewer');
/** `@RequestLoaders() loaders: Loaders`: reads of this request, gathered into one statement each. */
export const RequestLoaders = (): ParameterDecorator => Context('loaders');

/** The scope a query, mutation, or field that reaches another noun asks for. Without one the API does not start. */
export const RequireScope = (scope: Scope): MethodDecorator & PropertyDecorator =>
  requireScope(scope);
/** For what any valid key may ask. */
export const AnyScope = (): MethodDecorator & PropertyDecorator => requireScope(ANY_CALLER);
